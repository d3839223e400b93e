"""CUPS-Add-Modify-Printer (CUPS "Implementation of IPP"): lpadmin -p.

A queue and a device of the same name are made or changed. No drivers are used: what the device can do is
asked of the device, with ``-m raw`` when it can be had and with ``-m everywhere`` before it is added. A
driver or a PPD of somebody else's is refused, since clients show no warning. The PPD that Plantin itself made
comes back from ``lpadmin -o PageSize=…``; what was changed in it becomes the queue's default.
"""

from typing import Final

from plantin.core.errors import Refusal
from plantin.core.names import check_name
from plantin.delivery.uri import SCHEMES
from plantin.frontends.ipp.call import Call
from plantin.frontends.ipp.ppd import is_ours, ppd, ppd_defaults
from plantin.frontends.ipp.ppd_options import translated
from plantin.frontends.ipp.printer.offer import pool_offer
from plantin.frontends.ipp.printer.profile import Profile
from plantin.frontends.ipp.printer_settings import read_printer_group
from plantin.frontends.ipp.refusals import BadRequest
from plantin.frontends.ipp.reply import Reply
from plantin.frontends.ipp.target import Kind
from plantin.frontends.ipp.words import message
from plantin.ipp import Group, Status, Tag
from plantin.ipp.attributes import boolean
from plantin.ipp.attributes import name as name_attribute
from plantin.store.commands.cups_admin import add_modify_printer

_DRIVERLESS: Final = frozenset({"raw", "everywhere"})
_PPD_OCTETS_MAX: Final = 8 * 1024 * 1024
_OUR_PPD_OCTETS_MAX: Final = 1024 * 1024
_URI_OCTETS_MAX: Final = 1023


async def handle(call: Call) -> Reply:
    """Makes or changes the queue that the printer-uri names; the next request sees it."""
    call.require_operator("adding and changing queues")
    target = call.require_target()
    if target.kind is not Kind.QUEUE:
        raise BadRequest("the printer-uri names no queue")
    name = check_name("queue", target.queue)
    _require_no_driver(call.operation.string("ppd-name") or "raw")
    changed = await read_ppd(call)
    entry = call.context.directory.queue(name)
    profile = call.describer.profile(entry) if entry is not None else Profile(pool_offer([], b""))
    asked = printer_group(call)
    if changed is not None:
        _put_ppd_defaults(asked, changed, ppd_defaults(ppd(entry, profile)) if entry is not None else {})
    present = entry.queue.defaults if entry is not None else b""
    settings = read_printer_group(asked, profile, dict(call.describer.server.attributes), present)
    text = asked.string("printer-state-message")
    if text is not None:
        settings.fields["state_message"] = message(text)
    uri = device_uri(asked)
    if uri is not None and call.operation.string("ppd-name") == "everywhere":
        await _require_reachable(call, uri)
    await call.context.store.write(add_modify_printer, name, uri, settings.fields, call.user)
    await call.context.directory.refresh()
    reply = Reply(unsupported=settings.unsupported)
    if settings.unsupported:
        reply.status = Status.SUCCESSFUL_OK_IGNORED_OR_SUBSTITUTED_ATTRIBUTES
    return reply


def _require_no_driver(driver: str) -> None:
    if driver not in _DRIVERLESS:
        raise Refusal(
            "no-drivers",
            f"there is no driver {driver[:80]!r}: documents go to the device as they are;"
            " use -m everywhere or -m raw",
        )


async def _require_reachable(call: Call, uri: str) -> None:
    """Refuses a new device that cannot be asked what it can do, as cupsd does. One that is known is taken as
    it is: it may be off just now."""
    if any(device.uri == uri for device in call.context.directory.devices()):
        return
    trouble = await call.context.trouble_with(uri)
    if trouble:
        raise Refusal(
            "device-unreachable",
            f"the device was not added, since it cannot be asked what it can do: {trouble}",
            status="server-error-device-error",
        )


def _put_ppd_defaults(asked: Group, changed: dict[str, str], present: dict[str, str]) -> None:
    """What was changed in our PPD, as attributes of the request. Those that it names itself come first."""
    for option, choice in changed.items():
        meant = translated(name_attribute(option, choice)) if choice != present.get(option) else None
        if meant is not None and f"{meant.name}-default" not in asked:
            asked.put(meant.renamed(f"{meant.name}-default"))


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


async def read_ppd(call: Call) -> dict[str, str] | None:
    """The defaults in the PPD behind the request; None when there is none.

    Raises:
        Refusal: it is not one that was made here, or is too large.
    """
    data, octets = bytearray(), 0
    async for piece in call.document():
        octets += len(piece)
        data += piece[: _OUR_PPD_OCTETS_MAX - len(data)]
        if octets > _PPD_OCTETS_MAX:
            raise Refusal(
                "too-large",
                f"a PPD of more than {_PPD_OCTETS_MAX} octets",
                status="client-error-request-entity-too-large",
            )
    if not data:
        return None
    if not is_ours(data):
        raise Refusal(
            "no-drivers",
            "PPDs are not used: documents go to the device as they are;"
            " use -m everywhere or -m raw instead of -P",
        )
    return ppd_defaults(data)
