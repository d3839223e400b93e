"""Lists of queues for CUPS clients: filtered as cupsd does, and streamed with back-pressure."""

from collections.abc import AsyncIterator, Iterable, Iterator
from itertools import islice
from typing import Final

from plantin.frontends.ipp import access
from plantin.frontends.ipp.call import Call
from plantin.frontends.ipp.directory import QueueEntry
from plantin.frontends.ipp.printer.live import printer_type
from plantin.frontends.ipp.reply import Reply
from plantin.frontends.ipp.requested import PRINTER_GROUPS, Wanted
from plantin.ipp import GROUP_TAGS, Tag

_WHOLE_MAX: Final = 100
"""Up to so many queues the answer is made at once and has a Content-Length."""
_BATCH: Final = 50
_PRINTER: Final = GROUP_TAGS[Tag.PRINTER_ATTRIBUTES]


async def listing(call: Call, *, classes_only: bool) -> Reply:
    """The queues that the filters of the request let through."""
    wanted = call.wanted(PRINTER_GROUPS, ("all",))
    await call.context.directory.count()
    entries = _filtered(call, classes_only)
    limit = call.integer("limit", least=1)
    if limit is not None:
        entries = islice(entries, limit)
    first = list(islice(entries, _WHOLE_MAX))
    whole = _groups(call, wanted, first)
    if len(first) < _WHOLE_MAX:
        return Reply(groups=whole)
    return Reply(groups=whole, stream=_stream(call, wanted, entries))


def _groups(call: Call, wanted: Wanted, entries: Iterable[QueueEntry]) -> bytes:
    describer, base = call.describer, call.base
    full = describer.spool_full()
    parts = []
    for entry in entries:
        parts.append(_PRINTER)
        parts.append(describer.attributes(describer.view(entry, base, spool_full=full), wanted))
    return b"".join(parts)


_ADMINISTRATOR: Final = "root"
"""As in cupsd, lpstat of an administrator shows the queues that he may not print to."""


async def _stream(call: Call, wanted: Wanted, entries: Iterator[QueueEntry]) -> AsyncIterator[bytes]:
    while batch := list(islice(entries, _BATCH)):
        yield _groups(call, wanted, batch)


def _filtered(call: Call, classes_only: bool) -> Iterator[QueueEntry]:
    """Filters of cupsd: printer-type with its mask, location, id, first name, and who may use it."""
    bits = call.integer("printer-type") or 0
    mask = call.integer("printer-type-mask") or 0
    location = call.name("printer-location")
    first = call.name("first-printer-name") or ""
    number = call.integer("printer-id")
    user = call.operation.string("requesting-user-name")
    if user == _ADMINISTRATOR and call.is_operator:
        user = None
    near = access.is_loopback(call.address)
    for entry in call.context.directory.entries():
        queue = entry.queue
        if not near and not queue.shared:
            continue
        if classes_only and not queue.is_class:
            continue
        if queue.name < first or (number is not None and queue.id != number):
            continue
        if location is not None and queue.location != location:
            continue
        if user is not None and not access.may_see(queue, user):
            continue
        if mask and (printer_type(call.describer.view(entry, call.base, spool_full=False)) ^ bits) & mask:
            continue
        yield entry
