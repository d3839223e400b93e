"""What of a job's ticket becomes paper: what its device does, and what the server makes of its documents.

Promises to count what is done, by the plan that conversion goes by, and nothing that nobody does: page ranges
of a PCL file for a port-9100 device are asked for and not obeyed, so all of it is printed and charged. See
docs/devices.md, "What a device takes".
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import lru_cache

from plantin.inspect.convert.plan import ONE_SIDED, SAYS_SIDES, SEPARATORS, NoPlan, Wishes, canonical, plan
from plantin.inspect.report import Settings

WORK = ("page-ranges", "number-up", "imposition-template", "print-color-mode", "copies", "sides")
"""The attributes that are about it."""
_TOGETHER = frozenset({"number-up", "imposition-template"})


@dataclass(frozen=True, slots=True)
class Reach:
    """A device, as far as it decides who works on pages."""

    formats: frozenset[str] = frozenset()
    """What it takes (`plan.canonical`); empty: not known, every document goes as it is."""
    targets: frozenset[str] = frozenset()
    """Of those, what can be made for it."""
    hears: bool = False
    """Attributes of a job reach it."""
    does: frozenset[str] = frozenset()
    """Of `WORK`, what it does itself, as this job asks for it."""
    ghostscript: bool = True
    """The server can work with PostScript."""


def reaching(
    settings: Settings, booklet: bool, formats: Sequence[str], reach: Reach
) -> tuple[Settings, bool]:
    """Of a ticket, what is done to documents of these formats; and whether they become a booklet."""
    wanted = {
        "page-ranges": bool(settings.page_ranges),
        "number-up": (settings.number_up or 1) > 1,
        "imposition-template": booklet,
        "print-color-mode": bool(settings.mono_mode),
        "copies": (settings.copies or 1) > 1,
        "sides": (settings.sides or ONE_SIDED) != ONE_SIDED,
    }
    served = {name for name, is_wanted in wanted.items() if is_wanted and name not in reach.does}
    if reach.hears:
        served.discard("sides")  # they go with the job, or nowhere
    if wanted["page-ranges"] and served & _TOGETHER:
        served.add("page-ranges")
    wishes = Wishes(
        page_ranges=settings.page_ranges or () if "page-ranges" in served else (),
        number_up=settings.number_up or 1 if "number-up" in served else 1,
        booklet="imposition-template" in served,
        grey="print-color-mode" in served,
        sides=settings.sides or ONE_SIDED if "sides" in served else ONE_SIDED,
        copies=settings.copies or 1 if "copies" in served else 1,
    )
    made = [_made(kind, wishes, reach) for kind in formats]
    done = set(reach.does)
    if None not in made:  # what is not done for all of a job's documents is done for none
        done |= served - {"sides"}
        if "sides" in served and all(kind in SAYS_SIDES for kind in made):
            done.add("sides")
    return _only(settings, done, hears=reach.hears), booklet and "imposition-template" in done


def _only(settings: Settings, done: set[str], *, hears: bool) -> Settings:
    return replace(
        settings,
        page_ranges=settings.page_ranges if "page-ranges" in done else None,
        number_up=settings.number_up if "number-up" in done else None,
        mono_mode=settings.mono_mode if "print-color-mode" in done else None,
        copies=settings.copies if "copies" in done else None,
        sides=settings.sides if "sides" in done else None,
        page_set=settings.page_set if hears else None,
    )


@lru_cache(maxsize=1024)
def _made(media_type: str, wishes: Wishes, reach: Reach) -> str | None:
    """What the document is when all of that is done; None: it goes as it is."""
    kind = canonical(media_type)
    taken = not reach.formats or kind in reach.formats
    if taken and reach.hears and not wishes.touches_pages and wishes.copies == 1:
        return kind
    accepted = {kind} if not reach.formats else reach.targets | ({kind} if taken else frozenset())
    try:
        steps, made = plan(kind, accepted, wishes, ghostscript=reach.ghostscript)
    except NoPlan:
        return None
    copied = any(step["step"] == "copies" for step in steps)
    return made if wishes.copies == 1 or copied or (made in SEPARATORS and not reach.hears) else None
