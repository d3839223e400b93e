"""Create-Job (RFC 8011 section 4.2.4): a job whose documents follow with Send-Document."""

from plantin.frontends.ipp.acceptance import accept, prepare
from plantin.frontends.ipp.call import Call
from plantin.frontends.ipp.reply import Reply


async def handle(call: Call) -> Reply:
    """Makes the job; it waits for its documents and blocks nobody meanwhile."""
    return await accept(call, prepare(call), (), incoming=True)
