"""``plantin job``: what waits, what printed, and why."""

from typing import Any, Final

import click

from plantin.cli.attributes import attributes_of
from plantin.cli.group import installation
from plantin.cli.job_cost import cost_facts, show_cost
from plantin.cli.output import (
    JSON,
    actor,
    duration,
    iso,
    moment,
    now_ms,
    octets,
    plain,
    show_fields,
    show_json,
    show_table,
    with_iso,
)
from plantin.cli.parameters import JOB_ID
from plantin.core.errors import Refusal
from plantin.core.ids import DeviceId, JobId
from plantin.core.model import DocumentRecord, Hold, JobRecord, QueueMode, QueueRecord
from plantin.core.states import JobState, Reason
from plantin.store.commands import jobs as commands
from plantin.store.commands import queue_jobs
from plantin.store.commands.jobs import Actor
from plantin.store.queries import config
from plantin.store.queries import jobs as queries
from plantin.store.queries.why import story

WHICH: Final = click.Choice(sorted(queries.WHICH))
COLUMNS: Final = {
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
TIMES: Final = (
    "created_at",
    "processing_at",
    "completed_at",
    "hold_until",
    "expires_at",
    "retry_at",
    "incoming_until",
    "documents_retired_at",
)


@click.group()
def job() -> None:
    """List, show, explain, release, hold, cancel, move and reprint jobs."""


def _who() -> Actor:
    return Actor(actor(), now_ms())


class _Names:
    """Names of queues and devices by id: of the jobs that are shown, no more."""

    def __init__(self, records: list[JobRecord]) -> None:
        queues = sorted({record.queue for record in records})
        devices = {one for record in records for one in (record.device, record.assigned) if one is not None}
        self.queues = {record.id: record.name for record in config.queues(queues)}
        self._devices = {record.id: record.name for record in config.devices(sorted(devices))}

    def device(self, device: DeviceId | None) -> str | None:
        return None if device is None else self._devices.get(device)


def facts_of(record: JobRecord, names: _Names) -> dict[str, Any]:
    """A job for programs."""
    facts: dict[str, Any] = {
        "id": record.id,
        "uuid": record.uuid,
        "queue": names.queues.get(record.queue),
        "device": names.device(record.device),
        "assigned": names.device(record.assigned),
        "state": record.state.name.lower(),
        "reasons": list(record.reasons),
        "message": record.message,
        "name": record.name,
        "owner": record.owner,
        "owner_proof": record.owner_proof,
        "host": record.host,
        "address": record.address,
        "frontend": record.frontend,
        "priority": record.priority,
        "copies": record.copies,
        "octets": record.octets,
        "documents": record.documents,
        "attempts": record.attempts,
        "impressions": record.impressions if record.impressions >= 0 else None,
        "sheets": record.sheets if record.sheets >= 0 else None,
        "hold_reason": record.hold_reason,
        "hold_keyword": record.hold_keyword,
        "has_password": bool(record.password),
        "stop_requested": record.stop_requested,
        "language": record.language,
    }
    facts |= {key: getattr(record, key) for key in TIMES}
    return with_iso(facts, *TIMES)


def _document(paper: DocumentRecord) -> dict[str, Any]:
    return {
        "number": paper.number,
        "name": paper.name,
        "format": paper.format,
        "declared_format": paper.declared_format,
        "octets": paper.octets,
        "sha256": paper.sha256.hex(),
        "canceled": paper.canceled_at > 0,
        "kept": paper.spool is not None,
        "spool": str(paper.spool) if paper.spool else None,
    }


@job.command("list")
@click.option("--queue", "queue_name", metavar="NAME", help="Only of this queue.")
@click.option("--user", metavar="NAME", help="Only of this owner.")
@click.option("--which", type=WHICH, default="not-completed", show_default=True)
@click.option("--limit", type=click.IntRange(1, 100_000), default=200, show_default=True)
@JSON
def list_jobs(queue_name: str | None, user: str | None, which: str, limit: int, as_json: bool) -> None:
    """List jobs: waiting ones in their order, ended ones newest first."""
    installation()
    queue = config.queue(queue_name).id if queue_name else None
    records = queries.find_jobs(queries.JobQuestion(which=which, queue=queue, owner=user, limit=limit))
    names = _Names(records)
    rows = [facts_of(record, names) for record in records]
    if as_json:
        show_json(rows)
        return
    for row in rows:
        row["size"], row["since"] = octets(row["octets"]), moment(row["created_at"])
        row["where"] = row["assigned"] or row["device"]
        row["why"] = row["message"] or " ".join(word for word in row["reasons"] if word != "none")
    show_table(rows, COLUMNS, "No such jobs.")
    if len(rows) == limit:
        click.echo(f"(the first {limit}; more with --limit)", err=True)


@job.command()
@JOB_ID
@JSON
def show(job_id: int, as_json: bool) -> None:
    """Show one job: what it asks for, its documents, its counts, its price and its postings."""
    installation()
    record = queries.job(job_id)
    facts = facts_of(record, _Names([record]))
    papers = queries.documents([job_id], canceled=True)[job_id]
    attributes = attributes_of(record.attributes)
    if as_json:
        documents = [_document(paper) for paper in papers]
        show_json(facts | {"attributes": attributes, "documents": documents} | cost_facts(record))
        return
    shown = {key: value for key, value in facts.items() if not key.endswith("_iso")}
    for key in TIMES:
        shown[key] = moment(facts[key])
    shown |= {"octets": octets(record.octets), "has_password": record.password and "yes"}
    show_fields(shown | {"asks for": attributes})
    for paper in papers:
        kept = ("canceled, " if paper.canceled_at else "") + ("kept" if paper.spool else "no longer kept")
        name = f": {plain(paper.name)}" if paper.name else ""
        click.echo(f"document {paper.number}{name}: {plain(paper.format)}, {octets(paper.octets)}, {kept}")
    show_cost(record)


@job.command()
@JOB_ID
@JSON
def why(job_id: int, as_json: bool) -> None:
    """Tell where a job is and why: its whole trail in plain words."""
    here = installation()
    told = story(job_id)
    if as_json:
        trail = [
            {"at": line.at, "at_iso": iso(line.at), "kind": line.kind, "text": line.text}
            for line in told.lines
        ]
        show_json({"job": job_id, "title": told.title, "now": told.now, "trail": trail})
        return
    click.echo(plain(told.title))
    before = told.lines[0].at if told.lines else 0
    for line in told.lines:
        since = f"+{duration(line.at - before)}" if line.at > before else ""
        click.echo(f"  {moment(line.at)}  {since:>9}  {plain(line.text)}")
        before = line.at
    click.echo(f"now: {plain(told.now)}")
    if not here.running() and not queries.job(job_id).state.terminal:
        click.echo("The server does not run: nothing prints until plantin serve is started.")


@job.command()
@JOB_ID
@click.option("--device", "device_name", metavar="NAME", help="Print it there (find-me queues need it).")
@click.option("--password", metavar="PASSWORD", help="The job's password; - asks for it.")
def release(job_id: JobId, device_name: str | None, password: str | None) -> None:
    """Let a held job print."""
    here = installation()
    record = queries.job(job_id)
    if record.state is not JobState.HELD:
        raise Refusal("not-possible", f"job {job_id} is {record.state.name.lower()}, not held")
    _check_password(record, password)
    device = _device_for(_queue_of(record), record, device_name)
    here.write(commands.release, job_id, _who(), device=device)
    click.echo(f"job {job_id} released{f', to print on {device_name}' if device_name else ''}")


def _queue_of(record: JobRecord) -> QueueRecord:
    return config.queues([record.queue])[0]


def _check_password(record: JobRecord, password: str | None) -> None:
    if not record.password:
        return
    if password is None:
        raise Refusal("password-needed", f"job {record.id} waits for its password: give it with --password")
    if password == "-":  # noqa: S105 (the word that asks for it)
        password = click.prompt("Password", hide_input=True, err=True)
    if not commands.check_password(record.password, str(password).encode()):
        raise Refusal("password-wrong", f"this is not the password of job {record.id}")


def _device_for(queue: QueueRecord, record: JobRecord, name: str | None) -> DeviceId | None:
    """The device that a job shall print on; None: any of its queue."""
    names = {one.id: one.name for one in config.devices(queue.devices)}
    fed = {names[one]: one for one in queue.devices if one in names}
    known = ", ".join(list(fed)[:10]) or "none"
    if name is not None:
        config.device(name)
        if name not in fed:
            raise Refusal("wrong-device", f"queue {queue.name} does not feed {name}; it feeds {known}")
        return fed[name]
    if record.device is not None or queue.mode is not QueueMode.FIND_ME:
        return record.device
    if len(fed) == 1:
        return next(iter(fed.values()))
    raise Refusal(
        "device-needed", f"queue {queue.name} prints where people are: say where with --device ({known})"
    )


@job.command()
@JOB_ID
def hold(job_id: JobId) -> None:
    """Hold a job that has not begun to print."""
    here = installation()
    record = queries.job(job_id)
    if record.state is JobState.HELD and record.hold_reason != Reason.HOLD_UNTIL:
        raise Refusal("not-possible", f"job {job_id} is held already ({record.hold_reason})")
    here.write(commands.hold, job_id, Hold(Reason.HOLD_UNTIL, keyword="indefinite"), _who())
    click.echo(f"job {job_id} held until somebody releases it")


@job.command()
@JOB_ID
def cancel(job_id: JobId) -> None:
    """Cancel a job; one that prints is stopped."""
    here = installation()
    state = here.write(commands.cancel, job_id, _who(), reason=Reason.CANCELED_BY_OPERATOR)
    click.echo(f"job {job_id} {'canceled' if state is JobState.CANCELED else 'is being stopped'}")


@job.command()
@JOB_ID
@click.argument("queue_name", metavar="QUEUE")
def move(job_id: JobId, queue_name: str) -> None:
    """Move a job that is not printing to another queue. If that one holds its jobs, it is held there."""
    here = installation()
    queue = config.queue(queue_name)
    record = queries.job(job_id)
    if record.queue == queue.id:
        raise Refusal("not-possible", f"job {job_id} is in queue {queue_name} already")
    if not queue.accepting:
        why_not = f": {queue.state_message}" if queue.state_message else ""
        raise Refusal("not-accepting-jobs", f"queue {queue_name} takes no jobs{why_not}")
    held, expires_at = _held_in(queue, here.release_expire_s)
    text = f"moved to {queue_name}"
    here.write(queue_jobs.move, job_id, queue.id, held, expires_at, _who(), text)
    is_held = queries.job(job_id).state is JobState.HELD
    click.echo(f"job {job_id} moved to {queue_name}{', held until it is released' if is_held else ''}")


def _held_in(queue: QueueRecord, expire_s: int) -> tuple[Hold | None, int]:
    """What holds a job that comes to this queue now, as for a new one."""
    from plantin.frontends.ipp.holding import effective

    return effective(queue, None, password=False, now_ms=now_ms(), expire_s=expire_s)


@job.command()
@JOB_ID
@click.option(
    "--device", "device_name", metavar="NAME", help="Print it there; default: where it was printed."
)
def reprint(job_id: JobId, device_name: str | None) -> None:
    """Print an ended job again, at once, while its documents are kept."""
    here = installation()
    record = queries.job(job_id)
    queue = _queue_of(record)
    device = None
    if device_name is not None or queue.mode is QueueMode.FIND_ME:
        known = record.assigned if record.assigned in queue.devices else None
        device = known if device_name is None and known else _device_for(queue, record, device_name)

    def work() -> None:
        who = _who()
        if device is None:
            commands.restart(job_id, None, 0, who)
            return
        commands.restart(job_id, Hold(Reason.RELEASE_WAIT), 0, who)
        commands.release(job_id, who, device=device)

    here.write(work)
    click.echo(f"job {job_id} prints again")
