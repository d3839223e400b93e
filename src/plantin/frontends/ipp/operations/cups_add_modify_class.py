"""CUPS-Add-Modify-Class (CUPS "Implementation of IPP"): lpadmin -c. A class is a queue that feeds a pool."""

from plantin.core.names import check_name
from plantin.frontends.ipp.call import Call
from plantin.frontends.ipp.operations.cups_add_modify_printer import printer_group
from plantin.frontends.ipp.printer.offer import pool_offer
from plantin.frontends.ipp.printer.profile import Profile
from plantin.frontends.ipp.printer_settings import read_printer_group
from plantin.frontends.ipp.refusals import BadRequest
from plantin.frontends.ipp.reply import Reply
from plantin.frontends.ipp.target import BadTarget, Kind, parse_target
from plantin.ipp import Group, Status
from plantin.store.commands.cups_admin import add_modify_class


async def handle(call: Call) -> Reply:
    """Makes or changes a class of queues (or devices)."""
    call.require_operator("adding and changing classes")
    target = call.require_target()
    if target.kind is not Kind.QUEUE:
        raise BadRequest("the printer-uri names no class")
    name = check_name("queue", target.queue)
    entry = call.context.directory.queue(name)
    profile = call.describer.profile(entry) if entry is not None else Profile(pool_offer([], b""))
    asked = printer_group(call)
    present = entry.queue.defaults if entry is not None else b""
    settings = read_printer_group(asked, profile, dict(call.describer.server.attributes), present)
    await call.context.store.write(add_modify_class, name, members(asked), settings.fields, call.user)
    await call.context.directory.refresh()
    if settings.unsupported:
        return Reply(Status.SUCCESSFUL_OK_IGNORED_OR_SUBSTITUTED_ATTRIBUTES, unsupported=settings.unsupported)
    return Reply()


def members(asked: Group) -> list[str] | None:
    """The names behind member-uris; None when they are not sent.

    Raises:
        BadRequest: one of them names no queue.
    """
    if "member-uris" not in asked:
        return None
    names = []
    for uri in asked.strings("member-uris"):
        try:
            target = parse_target(uri)
        except BadTarget as error:
            raise BadRequest(f"member-uris: {error}") from None
        if target.kind is not Kind.QUEUE:
            raise BadRequest(f"member-uris: {uri} names no queue")
        names.append(target.queue)
    return names
