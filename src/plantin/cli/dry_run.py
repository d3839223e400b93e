"""A job that is only thought of: what it would be, where it would print, and for whom.

What ``tariff quote`` and ``policy test`` know of it is what accounting knows of a real one.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

import click

from plantin.accounting.ticket import JobTicket
from plantin.cli.documents import STDIN, Seen, look_at, paper_facts, sizes_text, ticket_from
from plantin.cli.output import plain, plural, user
from plantin.core.errors import Refusal
from plantin.ledger.tariffs import Place
from plantin.store.queries import config
from plantin.store.queries import rules as queries


@dataclass(frozen=True, slots=True)
class Imagined:
    """The job, its place, and who prints it."""

    seen: Seen
    ticket: JobTicket
    place: Place
    user: str
    groups: frozenset[str]
    moment: datetime
    title: str
    options: tuple[str, ...] = field(default=())

    @property
    def name(self) -> str:
        """What the job would be called."""
        if self.title:
            return self.title
        return "(stdin)" if self.seen.file == STDIN else Path(self.seen.file).name


def place_of(queue_name: str, device_name: str | None) -> Place:
    """Where a job on a queue would print: the device that is named, else the only one of the queue.

    Raises:
        Refusal: there is no such queue, or it does not feed the device.
    """
    queue = config.queue(queue_name)
    fed = [device.name for device in config.devices(queue.devices)]
    if device_name is not None and device_name not in fed:
        config.device(device_name)
        known = ", ".join(fed[:10]) or "none"
        raise Refusal("wrong-device", f"queue {queue_name} does not feed {device_name}; it feeds {known}")
    device = device_name or (fed[0] if len(fed) == 1 else None)
    groups = queries.device_groups_of(device) if device is not None else frozenset[str]()
    return Place(device, groups, queue.name, queue.site)


def imagine(
    file: str,
    queue_name: str,
    device_name: str | None,
    owner: str | None,
    options: tuple[str, ...],
    at: datetime | None,
    title: str = "",
) -> Imagined:
    """The job that ``plantin print`` would make of the same words. The store must be open.

    Raises:
        Refusal: says what can't be so.
    """
    place = place_of(queue_name, device_name)
    ticket = ticket_from(options)
    who = owner or user()
    return Imagined(
        seen=look_at(file, ticket),
        ticket=ticket,
        place=place,
        user=who,
        groups=queries.groups_of(who),
        moment=at or datetime.now().astimezone(),
        title=title,
        options=options,
    )


def facts_of(job: Imagined) -> dict[str, Any]:
    """The job for programs."""
    report, place = job.seen.inspection, job.place
    return {
        "file": job.seen.file,
        "name": job.name,
        "format": report.format,
        "pages": report.pages,
        **paper_facts(job.seen.counted),
        "user": job.user,
        "groups": sorted(job.groups),
        "queue": place.queue,
        "device": place.device,
        "device_groups": sorted(place.device_groups),
        "site": place.site,
        "at": job.moment.isoformat(timespec="seconds"),
        **({"error": job.seen.error} if job.seen.error else {}),
    }


def show_job(job: Imagined) -> None:
    """The job for people, in two lines."""
    report, counted, place = job.seen.inspection, job.seen.counted, job.place
    head = f"{plain(job.name)}: {report.format}"
    if counted is None:
        head += f", {plain(job.seen.error)}"
    else:
        sides = plural(counted.impressions, "impression")
        if counted.colour_impressions:
            sides += f" ({counted.colour_impressions} in colour)"
        copies = "1 copy" if counted.copies == 1 else f"{counted.copies} copies"
        pages = f"{plural(counted.pages, 'page')} {sizes_text(report)}"
        head += f", {pages}; {copies}, {sides} on {plural(counted.sheets, 'sheet')}"
    groups = f" ({_listed(sorted(job.groups))})" if job.groups else ""
    click.echo(head)
    click.echo(f"{place}, for {plain(job.user)}{groups}, {job.moment:%Y-%m-%d %H:%M}")


def _listed(names: Sequence[str]) -> str:
    return plain(names[:8]) + (" …" if len(names) > 8 else "")


QUEUE = click.option("--queue", "queue_name", required=True, metavar="NAME", help="Where it would print.")
DEVICE = click.option(
    "--device", "device_name", metavar="NAME", help="On this device; default: the queue's only one."
)
AS = click.option("--as", "owner", metavar="USER", help="Who would print it; default: you.")
OPTIONS = click.option(
    "-o", "options", multiple=True, metavar="NAME=VALUE", help="A job attribute: copies=2 …"
)
