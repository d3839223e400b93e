"""CUPS-Add-Modify-Printer (CUPS "Implementation of IPP"): lpadmin -p.

A queue and a device of the same name are made or changed. No drivers are used: ``-m raw`` and ``-m
everywhere`` mean the same (what the device can do is asked of the device), and a PPD that comes along is
not kept.
"""

from typing import Final

from plantin.core.errors import Refusal
from plantin.core.names import check_name
from plantin.delivery.uri import SCHEMES
from plantin.frontends.ipp.call import Call
from plantin.frontends.ipp.printer.offer import pool_offer
from plantin.frontends.ipp.printer.profile import Profile
from plantin.frontends.ipp.printer_settings import read_printer_group
from plantin.frontends.ipp.refusals import BadRequest
from plantin.frontends.ipp.reply import Reply
from plantin.frontends.ipp.target import Kind
from plantin.frontends.ipp.words import message
from plantin.ipp import Group, Status, Tag
from plantin.ipp.attributes import boolean
from plantin.store.commands.cups_admin import add_modify_printer

_DRIVERLESS: Final = frozenset({"raw", "everywhere"})
_PPD_OCTETS_MAX: Final = 8 * 1024 * 1024
_URI_OCTETS_MAX: Final = 1023


async def handle(call: Call) -> Reply:
    """Makes or changes the queue that the printer-uri names; the next request sees it."""
    call.require_operator("adding and changing queues")
    target = call.require_target()
    if target.kind is not Kind.QUEUE:
        raise BadRequest("the printer-uri names no queue")
    name = check_name("queue", target.queue)
    had_ppd = await drain(call)
    entry = call.context.directory.queue(name)
    profile = call.describer.profile(entry) if entry is not None else Profile(pool_offer([], b""))
    asked = printer_group(call)
    present = entry.queue.defaults if entry is not None else b""
    settings = read_printer_group(asked, profile, dict(call.describer.server.attributes), present)
    text = asked.string("printer-state-message")
    if text is not None:
        settings.fields["state_message"] = message(text)
    await call.context.store.write(add_modify_printer, name, device_uri(asked), settings.fields, call.user)
    await call.context.directory.refresh()
    driver = call.operation.string("ppd-name") or "raw"
    reply = Reply(unsupported=settings.unsupported)
    if settings.unsupported:
        reply.status = Status.SUCCESSFUL_OK_IGNORED_OR_SUBSTITUTED_ATTRIBUTES
    if had_ppd or driver not in _DRIVERLESS:
        reply.text = "drivers are not used: documents go to the device as they are"
    return reply


def printer_group(call: Call) -> Group:
    """The printer group, with what pycups puts among the operation attributes."""
    asked = Group(Tag.PRINTER_ATTRIBUTES, call.message.printer_attributes)
    shared = call.boolean("printer-is-shared")
    if shared is not None:
        asked.put(boolean("printer-is-shared", shared))
    return asked


def device_uri(asked: Group) -> str | None:
    """The device-uri of the request, if its scheme is one that can be delivered to.

    Raises:
        Refusal: it is not.
    """
    uri = asked.string("device-uri")
    if uri is None:
        return None
    scheme = uri.partition(":")[0].lower()
    if scheme not in SCHEMES or len(uri.encode()) > _URI_OCTETS_MAX:
        known = ", ".join(sorted(SCHEMES))
        raise Refusal("bad-device-uri", f"the device-uri {uri[:80]!r} has none of the schemes {known}")
    return uri


async def drain(call: Call) -> bool:
    """Reads and forgets a PPD behind the request; whether there was one.

    Raises:
        Refusal: it is too large.
    """
    octets = 0
    async for piece in call.document():
        octets += len(piece)
        if octets > _PPD_OCTETS_MAX:
            raise Refusal(
                "too-large",
                f"a PPD of more than {_PPD_OCTETS_MAX} octets",
                status="client-error-request-entity-too-large",
            )
    return octets > 0
