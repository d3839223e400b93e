"""CUPS-Set-Default (CUPS "Implementation of IPP"): lpadmin -d."""

from plantin.frontends.ipp.call import Call
from plantin.frontends.ipp.reply import Reply
from plantin.store.commands.config import set_default_queue


async def handle(call: Call) -> Reply:
    """Makes the queue the one of those who name none."""
    call.require_operator("choosing the default queue")
    entry = call.entry()
    await call.context.store.write(set_default_queue, entry.queue.name, actor=call.user)
    await call.context.directory.refresh()
    return Reply()
