"""The whole answer about a queue: what the server does, what its devices can, how it is (RFC 8011 section
4.2.5).

The first two parts are joined once for each set of requested attributes and shared by all queues that have
the same devices; the third is joined once for each entry of the directory. Only state, clocks and counts
are encoded anew for each answer.
"""

from collections.abc import Callable, Iterable
from functools import lru_cache
from typing import Final

from plantin.core.errors import PlantinError
from plantin.frontends.ipp.context import IppSettings
from plantin.frontends.ipp.directory import Directory, QueueEntry
from plantin.frontends.ipp.editions import Editions
from plantin.frontends.ipp.printer.live import STABLE, VOLATILE, Encode, View
from plantin.frontends.ipp.printer.names import Base
from plantin.frontends.ipp.printer.profile import Profile, Profiles, Table
from plantin.frontends.ipp.printer.server_wide import server_wide
from plantin.frontends.ipp.printer.state import QueueState, queue_state
from plantin.frontends.ipp.printer.supplies import NO_SUPPLIES, Supplies, supplies
from plantin.frontends.ipp.requested import Wanted
from plantin.spool import DocumentSpool

_KEPT_PER_ENTRY: Final = 2
"""Joined parts kept with one queue: the shapes that lpstat and the CUPS backend ask for in turn."""


@lru_cache(maxsize=1024)
def _encoders(wanted: Wanted) -> tuple[tuple[Encode, ...], tuple[Encode, ...]]:
    return (
        tuple(encode for name, encode in STABLE.items() if name in wanted),
        tuple(encode for name, encode in VOLATILE.items() if name in wanted),
    )


class Describer:
    """Describes queues to clients. One for each server."""

    def __init__(
        self,
        directory: Directory,
        spool: DocumentSpool,
        settings: IppSettings,
        operations: Iterable[int],
        now_ms: Callable[[], int],
    ) -> None:
        self._directory = directory
        self._spool = spool
        self._settings = settings
        self._now_ms = now_ms
        self.server = Table(server_wide(settings, operations))
        self.editions = Editions()
        """Of the PPD files of the queues."""
        self.profiles = Profiles({*self.server.attributes, *STABLE, *VOLATILE})

    def profile(self, entry: QueueEntry) -> Profile:
        """What the queue can do."""
        return self.profiles.of(entry)

    def view(self, entry: QueueEntry, base: Base, *, spool_full: bool | None = None) -> View:
        """The queue as a client sees it now; ``Directory.count`` keeps its counts fresh."""
        derived = entry.derived
        if derived is None:
            derived = entry.derived = {}
        state = derived.get("state")
        if not isinstance(state, QueueState):
            state = derived["state"] = queue_state(entry.queue, entry.devices)
        directory = self._directory
        queue_id = entry.queue.id
        return View(
            entry,
            self.profiles.of(entry),
            state,
            _supplies_of(entry),
            base,
            self._settings,
            self._now_ms(),
            directory.open_jobs(queue_id),
            directory.printing(queue_id),
            directory.is_default(entry),
            self.spool_full() if spool_full is None else spool_full,
        )

    def spool_full(self) -> bool:
        """Whether documents cannot be taken now for want of space."""
        try:
            self._spool.admit()
        except PlantinError as error:
            return error.reason == "spool-area-full"
        return False

    def attributes(self, view: View, wanted: Wanted) -> bytes:
        """The attributes of a queue that are wanted, encoded, without a group tag."""
        stable, volatile = _encoders(wanted)
        derived = view.entry.derived
        if derived is None:
            derived = view.entry.derived = {}
        kept: list[tuple[Wanted, Base, bytes]] = derived.setdefault("kept", [])
        own = None
        for known_wanted, known_base, octets in kept:
            if known_wanted is wanted and known_base == view.base:
                own = octets
                break
        if own is None:
            own = b"".join([encode(view) for encode in stable])
            if len(kept) >= _KEPT_PER_ENTRY:
                kept.pop(0)
            kept.append((wanted, view.base, own))
        parts = [self.server.blob(wanted), view.profile.blob(wanted), own]
        parts += [encode(view) for encode in volatile]
        return b"".join(parts)


def _supplies_of(entry: QueueEntry) -> Supplies:
    if len(entry.devices) != 1:
        return NO_SUPPLIES
    device = entry.devices[0]
    return supplies(device.supplies, device.state_at)
