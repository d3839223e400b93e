"""Who does what a job asks for: the device, the server, or nobody. Pure.

Promises, in this order: a document that its device takes, and of which nothing is asked that the device
cannot do, is not touched; what the device does itself is left to it; what the server does, the device is not
asked for again; what nobody does is named in the outcome. When the server cannot do everything for all
documents of a job it does nothing but the stamp and the formats, so that no page is half done.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final

from plantin.core.model import DocumentRecord, Ticket
from plantin.delivery.ipp.blob import pack
from plantin.delivery.ipp.fit import fit
from plantin.inspect import sniff
from plantin.inspect.convert.plan import (
    ONE_SIDED,
    SAYS_SIDES,
    SEPARATORS,
    TARGETS,
    NoPlan,
    Step,
    Wishes,
    canonical,
    plan,
)
from plantin.ipp import Attribute
from plantin.ipp.attributes import keyword
from plantin.queue.conversion.abilities import Abilities, Hearing, abilities_of
from plantin.queue.conversion.asked import Asked, all_asked_of, asked_of, named_paper

RAW: Final = "application/vnd.cups-raw"
"""Said by clients whose driver wrote for the device itself."""
A4: Final = (210.0, 297.0)
SHORT_EDGE: Final = "two-sided-short-edge"
_RASTERS: Final = frozenset({sniff.PWG_RASTER, sniff.URF})
_PAGE_WORK: Final = ("page-ranges", "number-up", "imposition-template", "page-delivery")


@dataclass(frozen=True, slots=True)
class Work:
    """What is done to one document."""

    steps: tuple[Step, ...]
    format: str
    """What it is afterwards."""
    repeat: int = 1
    """How often it is sent, one after the other."""

    @property
    def nothing(self) -> bool:
        return not self.steps and self.repeat == 1

    @property
    def separator(self) -> bytes:
        return SEPARATORS.get(canonical(self.format), b"")


@dataclass(frozen=True, slots=True)
class Decision:
    """What is done to a job before it goes to its device."""

    works: tuple[Work, ...]
    """For each document."""
    attributes: bytes
    """The job's attributes, without what the server does."""
    notes: tuple[str, ...] = ()
    """What was asked for and nobody does."""
    refusal: str = ""
    """Nobody can print it: why."""

    @property
    def makes_something(self) -> bool:
        return not all(work.nothing for work in self.works)

    @property
    def converts(self) -> bool:
        """It takes a worker, and time."""
        return any(work.steps for work in self.works)


def decide(ticket: Ticket, *, ghostscript: bool) -> Decision | None:
    """What is done to a job; None: nothing at all."""
    abilities = abilities_of(ticket.device)
    asked = asked_of(ticket.job.attributes)
    strange = abilities.formats and any(not _takes(abilities, document) for document in ticket.documents)
    if not strange and (asked.nothing or (abilities.hearing is Hearing.BESIDE and not asked.stamp)):
        return None
    asked = all_asked_of(ticket.job.attributes)
    if (
        strange
        and abilities.hearing is Hearing.NONE
        and (refused := _refused(ticket, abilities, ghostscript))
    ):
        return Decision((), b"", refusal=refused)
    decision = _Decider(ticket, abilities, asked, ghostscript).decide()
    unchanged = not decision.makes_something and not decision.notes
    return None if unchanged and decision.attributes == ticket.job.attributes else decision


def _takes(abilities: Abilities, document: DocumentRecord) -> bool:
    return canonical(document.format) in abilities.formats


def _refused(ticket: Ticket, abilities: Abilities, ghostscript: bool) -> str:
    """Why a device that cannot say so itself does not take a document."""
    for document in ticket.documents:
        if abilities.anything or _takes(abilities, document) or document.declared_format == RAW:
            continue
        try:
            plan(canonical(document.format), abilities.targets, Wishes(), ghostscript=ghostscript)
        except NoPlan as why:
            taken = ", ".join(sorted(abilities.formats))
            return f"document {document.number} is {document.format}; the device takes {taken}, and {why}"
    return ""


class _Decider:
    """One decision."""

    def __init__(self, ticket: Ticket, abilities: Abilities, asked: Asked, ghostscript: bool) -> None:
        self._ticket = ticket
        self._abilities = abilities
        self._asked = asked
        self._ghostscript = ghostscript
        self._why = ""

    def decide(self) -> Decision:
        served = self._served()
        wishes = self._wishes(served)
        works = self._try(wishes)
        if works is not None:
            return Decision(works, self._attributes(served), tuple(self._unsaid(served, works)))
        stamp = replace(self._wishes(frozenset()), sides=ONE_SIDED)
        works = tuple(
            self._work(document, stamp)
            or self._work(document, replace(stamp, stamp=""))
            or _as_it_is(document)
            for document in self._ticket.documents
        )
        return Decision(works, self._ticket.job.attributes, tuple(self._missed(served, works)))

    # -- who does it --------------------------------------------------------------------------------------

    def _served(self) -> frozenset[str]:
        """The names of the attributes that the server sees to."""
        asked, hearing = self._asked, self._abilities.hearing
        if hearing is Hearing.BESIDE:
            return frozenset()
        wanted = {
            "page-ranges": bool(asked.page_ranges),
            "number-up": asked.number_up > 1,
            "imposition-template": asked.booklet,
            "page-delivery": asked.reverse,
            "print-color-mode": asked.monochrome,
            "copies": asked.copies > 1,
            "sides": asked.sides != ONE_SIDED and hearing is Hearing.NONE,
        }
        drawn = self._draws()
        served = {
            name
            for name, is_wanted in wanted.items()
            if is_wanted
            and (hearing is Hearing.NONE or (drawn and name in _PAGE_WORK) or not self._does(name))
        }
        if wanted["page-ranges"] and not served.isdisjoint(("number-up", "imposition-template")):
            served.add("page-ranges")  # they are pages of the document, not of what is made of it here
        return frozenset(served)

    def _does(self, name: str) -> bool:
        """The device does itself what the job asks for under this name."""
        fitted = fit((self._asked.attributes[name],), self._abilities.said)
        return bool(fitted.sent) and not fitted.dropped

    def _draws(self) -> bool:
        """The pages are drawn here: devices count and arrange the pages of raster formats badly or not."""
        able = next((kind for kind in TARGETS if kind in self._abilities.targets), "")
        return able in _RASTERS and not all(_takes(self._abilities, one) for one in self._ticket.documents)

    def _attributes(self, served: frozenset[str]) -> bytes:
        """The job's attributes without what the server does."""
        asked = self._asked
        if self._abilities.hearing is not Hearing.IPP or not served:
            return self._ticket.job.attributes
        left: list[Attribute] = [one for one in asked.attributes.values() if one.name not in served]
        sides = self._sides(served)
        if sides != asked.sides:
            left = [*(one for one in left if one.name != "sides"), keyword("sides", sides)]
        return pack(left)

    def _sides(self, served: frozenset[str]) -> str:
        """The sides as the device hears or reads them; a booklet is printed so that it can be folded."""
        sides = self._asked.sides
        if "imposition-template" in served and sides == ONE_SIDED:
            sides = SHORT_EDGE
        if self._abilities.hearing is not Hearing.IPP:
            return sides
        return sides if self._hears_sides(sides) else self._asked.sides

    def _hears_sides(self, sides: str) -> bool:
        return bool(fit((keyword("sides", sides),), self._abilities.said).sent)

    # -- how ----------------------------------------------------------------------------------------------

    def _wishes(self, served: frozenset[str]) -> Wishes:
        asked, abilities = self._asked, self._abilities
        paper = asked.paper or named_paper(abilities.said.string("media-default")) or A4
        sides = self._sides(served)
        deaf = abilities.hearing is Hearing.NONE
        return Wishes(
            page_ranges=asked.page_ranges if "page-ranges" in served else (),
            reverse="page-delivery" in served,
            number_up=asked.number_up if "number-up" in served else 1,
            booklet="imposition-template" in served,
            grey="print-color-mode" in served and not abilities.black_only,
            stamp=asked.stamp,
            stamp_place=asked.stamp_place,
            paper=paper,
            fit=asked.paper is not None,
            sides=sides if deaf else ONE_SIDED,
            sides_beside=sides if not deaf and self._hears_sides(sides) else ONE_SIDED,
            copies=asked.copies if "copies" in served else 1,
            rasters={kind: one.raster(fine=asked.fine) for kind, one in abilities.rasters.items()},
        )

    def _try(self, wishes: Wishes) -> tuple[Work, ...] | None:
        works: list[Work] = []
        for document in self._ticket.documents:
            work = self._work(document, wishes)
            if work is None:
                return None
            works.append(work)
        return tuple(works)

    def _work(self, document: DocumentRecord, wishes: Wishes) -> Work | None:
        kind = canonical(document.format)
        abilities = self._abilities
        taken = not abilities.formats or kind in abilities.formats
        unknown = not abilities.formats
        if document.declared_format == RAW and abilities.hearing is Hearing.NONE:
            wishes = Wishes(stamp=wishes.stamp, stamp_place=wishes.stamp_place, copies=wishes.copies)
            taken = unknown = True
        if taken and abilities.hearing is Hearing.IPP and not wishes.touches_pages and wishes.copies == 1:
            return Work((), document.format)  # the sides go with the job
        accepted = {kind} if unknown else abilities.targets | ({kind} if taken else frozenset())
        try:
            steps, made = plan(kind, accepted, wishes, ghostscript=self._ghostscript)
        except NoPlan as why:
            self._why = self._why or str(why)
            return None
        repeat = wishes.copies if made in SEPARATORS else 1
        if repeat > 1 and abilities.hearing is Hearing.IPP:
            self._why = self._why or f"copies of {made} are the device's to make"
            return None
        return Work(tuple(steps), made if steps else document.format, repeat)

    # -- what nobody does ---------------------------------------------------------------------------------

    def _unsaid(self, served: frozenset[str], works: Sequence[Work]) -> list[str]:
        """The sides, where the format that is sent cannot say them."""
        if "sides" in served and not all(canonical(work.format) in SAYS_SIDES for work in works):
            return [f"sides={self._asked.sides} (the document cannot say it to this device)"]
        return []

    def _missed(self, served: frozenset[str], works: Sequence[Work]) -> list[str]:
        """What the server would have done; an IPP device is still asked for it, and says so itself."""
        missed = sorted(served) if self._abilities.hearing is Hearing.NONE else []
        if self._asked.stamp and not all(_stamped(work) for work in works):
            missed.append("stamp")
        return [f"{', '.join(missed)} ({self._why})"] if missed else []


def _as_it_is(document: DocumentRecord) -> Work:
    return Work((), document.format)


def _stamped(work: Work) -> bool:
    return any(step["step"] == "stamp" for step in work.steps)
