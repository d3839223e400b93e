"""CUPS-Delete-Printer (CUPS "Implementation of IPP"): lpadmin -x, for classes too."""

from plantin.frontends.ipp.call import Call
from plantin.frontends.ipp.reply import Reply
from plantin.store.commands.cups_admin import delete_printer


async def handle(call: Call) -> Reply:
    """Removes a queue with its jobs; one that prints just now is refused."""
    call.require_operator("removing queues")
    entry = call.entry()
    await call.context.store.write(delete_printer, entry.queue.name, call.user)
    await call.context.directory.refresh()
    return Reply()
