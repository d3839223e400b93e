"""CUPS-Delete-Class (CUPS "Implementation of IPP")."""

from plantin.frontends.ipp.call import Call
from plantin.frontends.ipp.operations import cups_delete_printer
from plantin.frontends.ipp.refusals import not_found
from plantin.frontends.ipp.reply import Reply


async def handle(call: Call) -> Reply:
    """Removes a class; its members stay."""
    call.require_operator("removing classes")
    entry = call.entry()
    if not entry.queue.is_class:
        raise not_found(f"{entry.queue.name} is a queue, not a class")
    return await cups_delete_printer.handle(call)
