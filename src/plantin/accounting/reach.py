"""What of a job's ticket becomes paper on a device that hears none of it (port 9100).

Promises to count what the server makes of the document on its way there, by the same plan, and nothing that
nobody does: page ranges of a PCL file for a port-9100 device are asked for and not obeyed, so all of it is
printed and charged. Devices that hear the ticket are left to what they tell (`ledger.usage.settle`). See
docs/devices.md, "What a device takes".
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import lru_cache

from plantin.inspect.convert.devices import targets
from plantin.inspect.convert.plan import (
    ONE_SIDED,
    SAYS_SIDES,
    SEPARATORS,
    NoPlan,
    Wishes,
    canonical,
    plan,
)
from plantin.inspect.report import Settings


@dataclass(frozen=True, slots=True)
class Deaf:
    """A device that no attribute of a job reaches."""

    formats: tuple[str, ...] = ()
    """Media types that it takes; empty: not known, every document goes as it is."""
    ghostscript: bool = True
    """The server can work with PostScript."""


def reaching(
    settings: Settings, booklet: bool, formats: Sequence[str], device: Deaf
) -> tuple[Settings, bool]:
    """Of a ticket, what is done to documents of these formats; and whether they become a booklet."""
    wishes = Wishes(
        page_ranges=settings.page_ranges or (),
        number_up=settings.number_up or 1,
        booklet=booklet,
        grey=bool(settings.mono_mode),
        sides=settings.sides or ONE_SIDED,
        copies=settings.copies or 1,
    )
    made = [_made(kind, wishes, device) for kind in formats]
    if None in made:  # what is not done for all of a job's documents is done for none
        return Settings(), False
    says_sides = all(kind in SAYS_SIDES for kind in made)
    return replace(settings, page_set=None, sides=settings.sides if says_sides else None), booklet


@lru_cache(maxsize=1024)
def _made(media_type: str, wishes: Wishes, device: Deaf) -> str | None:
    """What the document is when all of it is done; None: it goes as it is."""
    kind, names = canonical(media_type), frozenset(map(canonical, device.formats))
    accepted = targets(names, {}) | ({kind} if not names or kind in names else frozenset())
    try:
        steps, made = plan(kind, accepted, wishes, ghostscript=device.ghostscript)
    except NoPlan:
        return None
    repeated = wishes.copies == 1 or made in SEPARATORS or any(step["step"] == "copies" for step in steps)
    return made if repeated else None
