"""``plantin job``: what waits, what printed, and why."""

from dataclasses import asdict
from typing import Any

import click

from plantin.cli.group import installation
from plantin.cli.output import (
    JSON,
    actor,
    moment,
    now_ms,
    octets,
    show_fields,
    show_json,
    show_table,
)
from plantin.core.errors import Refusal
from plantin.core.ids import DeviceId, JobId
from plantin.core.model import Hold, JobRecord, QueueMode
from plantin.core.states import JobState, Reason
from plantin.store.commands import jobs as commands
from plantin.store.commands.jobs import Actor
from plantin.store.queries import config
from plantin.store.queries import jobs as queries
from plantin.store.queries.why import story

WHICH = click.Choice(sorted(queries.WHICH))


@click.group()
def job() -> None:
    """List, show, explain, release, hold, cancel, move and reprint jobs."""


def _who() -> Actor:
    return Actor(actor(), now_ms())


class _Names:
    """Names of queues and devices, read once."""

    def __init__(self) -> None:
        self.queues = {record.id: record.name for record in config.queues()}
        self._devices = {record.id: record.name for record in config.devices()}

    def device(self, device: DeviceId | None) -> str:
        return "" if device is None else self._devices.get(device, "")


def _facts(record: JobRecord, names: _Names) -> dict[str, Any]:
    facts = asdict(record)
    facts["queue"] = names.queues.get(record.queue, "")
    facts["device"] = names.device(record.device)
    facts["assigned"] = names.device(record.assigned)
    facts["state"] = record.state.name.lower()
    facts["reasons"] = list(record.reasons)
    for key in ("attributes", "password"):
        del facts[key]
    return facts


@job.command("list")
@click.option("--queue", "queue_name", help="Only of this queue.")
@click.option("--user", help="Only of this owner.")
@click.option("--which", type=WHICH, default="not-completed", show_default=True)
@click.option("--limit", type=click.IntRange(1, 100_000), default=200, show_default=True)
@JSON
def list_jobs(queue_name: str | None, user: str | None, which: str, limit: int, as_json: bool) -> None:
    """List jobs: waiting ones in their order, ended ones newest first."""
    installation()
    names = _Names()
    queue = config.queue(queue_name).id if queue_name else None
    found = queries.find_jobs(queries.JobQuestion(which=which, queue=queue, owner=user, limit=limit))
    rows = [_facts(record, names) for record in found]
    if as_json:
        show_json(rows)
        return
    for row in rows:
        row["size"], row["since"] = octets(row["octets"]), moment(row["created_at"])
        row["where"] = row["assigned"] or row["device"]
        row["why"] = row["message"] or " ".join(word for word in row["reasons"] if word != "none")
    columns = {
        "id": "ID",
        "queue": "QUEUE",
        "owner": "OWNER",
        "state": "STATE",
        "size": "SIZE",
        "since": "SINCE",
        "where": "DEVICE",
        "name": "NAME",
        "why": "WHY",
    }
    show_table(rows, columns, "No such jobs.")
    if len(rows) == limit:
        click.echo(f"(the first {limit}; more with --limit)")


@job.command()
@click.argument("job_id", metavar="ID", type=int)
@JSON
def show(job_id: int, as_json: bool) -> None:
    """Show one job and its documents."""
    installation()
    record = queries.job(job_id)
    facts = _facts(record, _Names())
    papers = queries.documents([job_id])[job_id]
    documents = [
        {
            "number": paper.number,
            "name": paper.name,
            "format": paper.format,
            "octets": paper.octets,
            "sha256": paper.sha256.hex(),
            "spool": str(paper.spool) if paper.spool else "",
        }
        for paper in papers
    ]
    if as_json:
        show_json(facts | {"documents": documents})
        return
    for key in list(facts):
        if key.endswith(("_at", "_until")) and isinstance(facts[key], int):
            facts[key] = moment(facts[key])
    facts["reasons"] = " ".join(facts["reasons"])
    show_fields(facts | {"documents": len(documents)})
    for paper in papers:
        kept = "kept" if paper.spool else "no longer kept"
        size = octets(paper.octets)
        click.echo(f"document {paper.number}: {paper.format}, {size}, {kept}  {paper.name}")


@job.command()
@click.argument("job_id", metavar="ID", type=int)
@JSON
def why(job_id: int, as_json: bool) -> None:
    """Tell where a job is and why: its whole trail in plain words."""
    installation()
    told = story(job_id)
    if as_json:
        show_json({"job": job_id, "now": told.now, "trail": [asdict(line) for line in told.lines]})
        return
    click.echo(told.title)
    for line in told.lines:
        click.echo(f"  {moment(line.at)}  {line.text}")
    click.echo(told.now)


@job.command()
@click.argument("job_id", metavar="ID", type=int)
@click.option("--device", "device_name", help="Print it there (needed for find-me queues).")
def release(job_id: JobId, device_name: str | None) -> None:
    """Let a held job print."""
    here = installation()
    record = queries.job(job_id)
    device = DeviceId(config.device(device_name).id) if device_name else None
    queue = next(one for one in config.queues([record.queue]))
    if device is None and queue.mode is QueueMode.FIND_ME and record.device is None:
        if len(queue.devices) != 1:
            raise Refusal("device-needed", f"queue {queue.name} prints anywhere; say where with --device")
        device = queue.devices[0]
    if device is not None and queue.devices and device not in queue.devices:
        raise Refusal("wrong-device", f"queue {queue.name} does not print on {device_name}")
    here.write(commands.release, job_id, _who(), device=device)
    click.echo(f"job {job_id} released")


@job.command()
@click.argument("job_id", metavar="ID", type=int)
def hold(job_id: JobId) -> None:
    """Hold a job that has not begun to print."""
    here = installation()
    here.write(commands.hold, job_id, Hold(Reason.HOLD_UNTIL, keyword="indefinite"), _who())
    click.echo(f"job {job_id} held")


@job.command()
@click.argument("job_id", metavar="ID", type=int)
def cancel(job_id: JobId) -> None:
    """Cancel a job; one that prints is stopped."""
    here = installation()
    state = here.write(commands.cancel, job_id, _who(), reason=Reason.CANCELED_BY_OPERATOR)
    click.echo(f"job {job_id} {'canceled' if state is JobState.CANCELED else 'is being stopped'}")


@job.command()
@click.argument("job_id", metavar="ID", type=int)
@click.argument("queue_name", metavar="QUEUE")
def move(job_id: JobId, queue_name: str) -> None:
    """Move a job that is not printing to another queue."""
    here = installation()
    here.write(commands.move, job_id, config.queue(queue_name).id, _who(), text=f"moved to {queue_name}")
    click.echo(f"job {job_id} moved to {queue_name}")


@job.command()
@click.argument("job_id", metavar="ID", type=int)
def reprint(job_id: JobId) -> None:
    """Print an ended job again, while its documents are kept."""
    here = installation()
    here.write(commands.restart, job_id, None, 0, _who(), text="printed again by an operator")
    click.echo(f"job {job_id} prints again")
