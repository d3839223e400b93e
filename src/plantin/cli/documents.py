"""Files looked at by the inspection's workers, for commands: several at once, told in their order.

A stranger's file is never read in this process; the workers get it as an open descriptor.
"""

import asyncio
import os
import shutil
import sys
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import IO, Any, Final

from plantin.accounting.counts import Counted, Uncountable, count
from plantin.accounting.ticket import JobTicket, ticket_of
from plantin.cli.options import job_attribute
from plantin.cli.parameters import pairs
from plantin.core.errors import Permanent, Refusal
from plantin.inspect.pool import Pool
from plantin.inspect.pool_worker import WorkerFailed
from plantin.inspect.report import UNKNOWN_FORMAT, Inspection, PageInfo
from plantin.ledger.sizes import Size

STDIN: Final = "-"
_PAPER: Final = (
    *("input_pages", "copies", "two_sided", "impressions", "colour_impressions", "mono_impressions"),
    *("sheets", "blank_sides"),
)


@dataclass(frozen=True, slots=True)
class Seen:
    """A file, what it is, and the paper that it makes with a ticket; None where nobody can say."""

    file: str
    inspection: Inspection
    counted: Counted | None = None
    error: str = ""
    octets: int | None = None


def ticket_from(options: tuple[str, ...]) -> JobTicket:
    """The ticket of ``-o name=value``.

    Raises:
        Refusal: says how a value is written.
    """
    return ticket_of([job_attribute(name, text) for name, text in pairs(options).items()])


def look_at_all(files: Sequence[str], ticket: JobTicket, show: Callable[[Seen], None]) -> None:
    """Inspects files over all cores; ``show`` is called for each, in their order.

    Raises:
        Permanent: no worker can be started here.
    """
    cores = len(os.sched_getaffinity(0))
    try:
        with Pool(min(len(files), cores)) as pool:
            asyncio.run(_look_at_all(pool, files, ticket, show, cores))
    except WorkerFailed as error:
        raise Permanent("no-inspection", f"no document can be inspected here: {error}") from None


def look_at(file: str, ticket: JobTicket) -> Seen:
    """Inspects one file.

    Raises:
        Refusal: it cannot be read.
    """
    found: list[Seen] = []
    look_at_all([file], ticket, found.append)
    seen = found[0]
    if seen.octets is None:
        raise Refusal("not-readable", f"{file}: {seen.error}")
    return seen


async def _look_at_all(
    pool: Pool, files: Sequence[str], ticket: JobTicket, show: Callable[[Seen], None], cores: int
) -> None:
    turns = asyncio.Semaphore(cores)  # a file is opened when its turn comes: there may be very many

    async def look(file: str) -> Seen:
        async with turns:
            return await _look(pool, file, ticket)

    tasks = [asyncio.create_task(look(file)) for file in files]
    try:
        for task in tasks:
            show(await task)
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


async def _look(pool: Pool, file: str, ticket: JobTicket) -> Seen:
    unread = Inspection(UNKNOWN_FORMAT)
    try:
        with _opened(file) as document:
            octets = os.fstat(document.fileno()).st_size
            inspection = await pool.inspect_async(document)
    except (OSError, ValueError) as error:
        why = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
        return Seen(file, unread, error=why[:1].lower() + why[1:])
    if inspection.error:
        return Seen(file, inspection, error=inspection.error, octets=octets)
    try:
        return Seen(file, inspection, count(inspection, ticket), octets=octets)
    except Uncountable as error:
        return Seen(file, inspection, error=error.text, octets=octets)


@contextmanager
def _opened(file: str) -> Iterator[IO[bytes]]:
    if file != STDIN:
        with open(file, "rb") as document:
            yield document
        return
    with tempfile.TemporaryFile() as copy:
        shutil.copyfileobj(sys.stdin.buffer, copy)
        copy.flush()
        copy.seek(0)
        yield copy


def size_facts(width_mm: float, height_mm: float) -> dict[str, Any]:
    """A size for programs; its name is null when it has none."""
    return {"name": size_name(width_mm, height_mm), "width_mm": width_mm, "height_mm": height_mm}


def size_name(width_mm: float, height_mm: float) -> str | None:
    """What people call the size, whichever way it is turned: ``A4``; None when it has no name."""
    return Size(max(1, round(width_mm * 100)), max(1, round(height_mm * 100))).name


def sizes_text(inspection: Inspection) -> str:
    """The sizes of a document for people: ``A4``, or ``3 A4, 1 90x90mm`` when they differ."""
    counts: dict[str, int] = {}
    for (width, height), pages in inspection.sizes.items():
        name = size_name(width, height) or f"{width:g}x{height:g}mm"
        counts[name] = counts.get(name, 0) + pages
    if len(counts) == 1:
        return next(iter(counts))
    return ", ".join(f"{pages} {name}" for name, pages in counts.items())


def page_facts(page: PageInfo) -> dict[str, Any]:
    """A page for programs."""
    return {"colour": page.colour, "width_mm": page.width_mm, "height_mm": page.height_mm}


def paper_facts(counted: Counted | None) -> dict[str, Any]:
    """The numbers of the paper for programs; null where nobody knows them."""
    facts: dict[str, Any] = {name: getattr(counted, name) if counted else None for name in _PAPER}
    return facts | {"paper": sorted(counted.paper_sizes) if counted else None}
