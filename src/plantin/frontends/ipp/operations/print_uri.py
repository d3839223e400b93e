"""Print-URI (RFC 8011 section 4.2.2): a job whose document the server fetches. Off by default."""

from dataclasses import replace

from plantin.frontends.ipp.acceptance import accept, prepare
from plantin.frontends.ipp.call import Call
from plantin.frontends.ipp.fetching import fetch
from plantin.frontends.ipp.reply import Reply


async def handle(call: Call) -> Reply:
    """Fetches the document first: the job is acknowledged once it is durable, like every other."""
    prepared = prepare(call)
    document = await fetch(call, prepared.declared, prepared.formats)
    prepared.declared = replace(prepared.declared, name=document.name)
    return await accept(call, prepared, (document,))
