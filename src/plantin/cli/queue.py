"""``plantin queue``: what clients print to."""

import json
from typing import Any, Final

import click

from plantin.cli.group import installation
from plantin.cli.output import (
    JSON,
    actor,
    moment,
    plural,
    show_fields,
    show_json,
    show_table,
    with_iso,
)
from plantin.cli.parameters import TEXT
from plantin.core.ids import DeviceId
from plantin.core.model import QueueMode, QueueRecord, UnknownPolicy
from plantin.store.commands import config
from plantin.store.queries import config as queries
from plantin.store.queries import jobs as job_queries

MODES = click.Choice([mode.value for mode in QueueMode])
UNKNOWN = click.Choice([policy.value for policy in UnknownPolicy])
ERRORS = click.Choice(list(config.ERROR_POLICIES))
EMPTY: Final = "No queues yet. Add one: plantin queue add NAME --device DEVICE"
COLUMNS: Final = {
    "is_default": "",
    "name": "NAME",
    "mode": "MODE",
    "devices": "DEVICES",
    "is": "STATE",
    "open_jobs": "JOBS",
    "info": "INFO",
}


@click.group()
def queue() -> None:
    """Add, list, change and remove queues."""


def facts_of(record: QueueRecord, devices: dict[DeviceId, str], jobs: int, default: str) -> dict[str, Any]:
    """A queue for programs.

    Args:
        devices: names by id.
        jobs: how many of its jobs have not ended.
        default: the name of the default queue.
    """
    facts: dict[str, Any] = {
        "name": record.name,
        "uuid": record.uuid,
        "mode": record.mode.value,
        "devices": [devices[one] for one in record.devices if one in devices],
        "is_default": record.name == default,
        "accepting": record.accepting,
        "enabled": record.enabled,
        "hold_new_jobs": record.hold_new_jobs,
        "deactivated": record.deactivated,
        "shutdown": record.shutdown,
        "state_message": record.state_message,
        "state_at": record.state_at,
        "open_jobs": jobs,
        "info": record.info,
        "location": record.location,
        "site": record.site,
        "is_class": record.is_class,
        "shared": record.shared,
        "defaults": _defaults(record.defaults),
        "allowed_users": list(record.allowed_users),
        "denied_users": list(record.denied_users),
        "unknown_policy": record.unknown_policy.value,
        "error_policy": record.error_policy,
        "expire_after_s": record.expire_after_s,
        "operator_message": record.operator_message,
        "geo_location": record.geo_location,
        "organization": record.organization,
        "organizational_unit": record.organizational_unit,
        "options": json.loads(record.options or "{}"),
        "config_at": record.config_at,
        "created_at": record.created_at,
    }
    return with_iso(facts, "state_at", "config_at", "created_at")


def _defaults(blob: bytes) -> dict[str, Any]:
    if not blob:
        return {}
    from plantin.cli.attributes import attributes_of

    return attributes_of(blob)


def _state(record: QueueRecord) -> str:
    words = ["accepting" if record.accepting else "rejecting", "enabled" if record.enabled else "disabled"]
    words += [
        word
        for word, there in (
            ("holding new jobs", record.hold_new_jobs),
            ("deactivated", record.deactivated),
            ("shut down", record.shutdown),
        )
        if there
    ]
    return ", ".join(words)


@queue.command()
@click.argument("name")
@click.option("--device", "devices", multiple=True, metavar="NAME", help="It feeds; several make a pool.")
@click.option("--mode", type=MODES, default="direct", show_default=True)
@click.option("--site", default="main", metavar="SITE", show_default=True)
@click.option("--info", type=TEXT, default="", help="What it is, for people.")
@click.option("--location", type=TEXT, default="", help="Where people find it.")
@click.option("--default", "is_default", is_flag=True, help="Make it the default queue.")
def add(
    name: str, devices: tuple[str, ...], mode: str, site: str, info: str, location: str, is_default: bool
) -> None:
    """Add a queue."""

    def work() -> None:
        config.add_queue(
            name,
            list(devices),
            mode=QueueMode(mode),
            actor=actor(),
            site_name=site,
            info=info,
            location=location,
        )
        if is_default:
            config.set_default_queue(name, actor=actor())

    installation().write(work)
    click.echo(f"queue {name} added" + ("" if devices else "; it has no device yet, so its jobs wait"))


@queue.command("list")
@JSON
def list_queues(as_json: bool) -> None:
    """List all queues. A star marks the default queue."""
    installation()
    names = {record.id: record.name for record in queries.devices()}
    counts = job_queries.open_counts()
    default = queries.default_queue()
    records = sorted(queries.queues(), key=lambda record: record.name)
    rows = [facts_of(record, names, counts.get(record.id, 0), default) for record in records]
    if as_json:
        show_json(rows)
        return
    for row, record in zip(rows, records, strict=True):
        row["is_default"] = "*" if row["is_default"] else ""
        row["devices"] = row["devices"] or "-"
        row["is"] = _state(record)
    show_table(rows, COLUMNS, EMPTY)


@queue.command()
@click.argument("name")
@JSON
def show(name: str, as_json: bool) -> None:
    """Show one queue."""
    installation()
    record = queries.queue(name)
    names = {one.id: one.name for one in queries.devices(record.devices)}
    facts = facts_of(record, names, job_queries.open_counts().get(record.id, 0), queries.default_queue())
    if as_json:
        show_json(facts)
        return
    shown = {
        "name": record.name,
        "mode": record.mode.value,
        "devices": facts["devices"] or "none: its jobs wait",
        "state": _state(record) + (f": {record.state_message}" if record.state_message else ""),
        "state since": moment(record.state_at),
        "default queue": record.name == queries.default_queue(),
        "open jobs": facts["open_jobs"],
        "clients print to": f"/printers/{record.name} or /ipp/print/{record.name}",
    }
    shown |= {key: facts[key] for key in ("info", "location", "site", "organization", "organizational_unit")}
    shown |= {key: facts[key] for key in ("defaults", "allowed_users", "denied_users", "operator_message")}
    shown |= {
        "unknown policy": record.unknown_policy.value,
        "error policy": record.error_policy,
        "expires after": f"{record.expire_after_s} s" if record.expire_after_s else "",
        "uuid": record.uuid,
        "created": moment(record.created_at),
        "changed": moment(record.config_at),
    }
    show_fields(shown)


@queue.command("set")
@click.argument("name")
@click.option("--device", "devices", multiple=True, metavar="NAME", help="What it feeds from now on.")
@click.option("--mode", type=MODES)
@click.option("--site", metavar="SITE")
@click.option("--info", type=TEXT)
@click.option("--location", type=TEXT)
@click.option("--unknown-policy", type=UNKNOWN, help="When nobody can say whether a job printed.")
@click.option("--error-policy", type=ERRORS, help="When a device can't print now.")
@click.option(
    "--expire-after",
    "expire_after_s",
    type=click.IntRange(0, 2**31 - 1),
    metavar="SECONDS",
    help="How long a job waits for its release; 0: as the configuration says.",
)
@click.option("--hold-new-jobs/--no-hold-new-jobs", default=None, help="Hold what comes from now on.")
@click.option("--allow", "allowed_users", multiple=True, metavar="USER", help="Only these users may print.")
@click.option("--deny", "denied_users", multiple=True, metavar="USER", help="These users may not print.")
@click.option("--everybody", is_flag=True, help="Forget --allow and --deny.")
@click.option("--default", "is_default", is_flag=True, help="Make it the default queue.")
def set_queue(name: str, devices: tuple[str, ...], everybody: bool, is_default: bool, **fields: Any) -> None:
    """Change a queue; only what is named."""
    chosen = {key: value for key, value in fields.items() if value not in (None, ())}
    if everybody:
        chosen = {"allowed_users": [], "denied_users": []} | chosen
    if not chosen and not devices and not is_default:
        raise click.UsageError("nothing to change: name what shall change")

    def work() -> None:
        if chosen or devices:
            config.set_queue(name, devices=list(devices) or None, actor=actor(), **chosen)
        if is_default:
            config.set_default_queue(name, actor=actor())

    installation().write(work)
    click.echo(f"queue {name} changed")


def _switch(name: str, told: str, **fields: Any) -> None:
    installation().write(config.set_queue, name, actor=actor(), **fields)
    click.echo(f"queue {name} {told}")


@queue.command()
@click.argument("name")
def accept(name: str) -> None:
    """Take jobs."""
    _switch(name, "takes jobs", accepting=True, state_message="")


@queue.command()
@click.argument("name")
@click.option("--reason", "-r", type=TEXT, default="", help="Told to those who try.")
def reject(name: str, reason: str) -> None:
    """Take no jobs."""
    _switch(name, "takes no jobs", accepting=False, state_message=reason)


@queue.command()
@click.argument("name")
def enable(name: str) -> None:
    """Print the jobs that wait."""
    _switch(name, "prints", enabled=True, state_message="")


@queue.command()
@click.argument("name")
@click.option("--reason", "-r", type=TEXT, default="", help="Shown to those who wait.")
def disable(name: str, reason: str) -> None:
    """Let jobs wait; one that prints is finished."""
    _switch(name, "lets its jobs wait", enabled=False, state_message=reason)


@queue.command()
@click.argument("name")
def remove(name: str) -> None:
    """Remove a queue, the jobs that wait in it, and its history. Refused while it prints."""
    here = installation()
    waiting = here.write(_remove, name)
    with_them = f", with {plural(waiting, 'waiting job')}" if waiting else ""
    click.echo(f"queue {name} removed{with_them}")


def _remove(name: str) -> int:
    """Removes the queue; returns how many of its jobs had not ended."""
    waiting = job_queries.open_counts().get(queries.queue(name).id, 0)
    config.remove_queue(name, actor=actor())
    return waiting
