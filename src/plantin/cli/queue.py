"""``plantin queue``: what clients print to."""

import json
from dataclasses import asdict
from typing import Any

import click

from plantin.cli.output import JSON, actor, installation, moment, show_fields, show_json, show_table
from plantin.core.ids import DeviceId
from plantin.core.model import DeviceRecord, QueueMode, QueueRecord, UnknownPolicy
from plantin.store.commands import config
from plantin.store.queries import config as queries
from plantin.store.queries import jobs as job_queries

MODES = click.Choice([mode.value for mode in QueueMode])
UNKNOWN = click.Choice([policy.value for policy in UnknownPolicy])
ERRORS = click.Choice(list(config.ERROR_POLICIES))


@click.group()
def queue() -> None:
    """Add, list, change and remove queues."""


def _facts(record: QueueRecord, devices: dict[DeviceId, DeviceRecord], jobs: int) -> dict[str, Any]:
    facts = asdict(record)
    facts["mode"], facts["unknown_policy"] = record.mode.value, record.unknown_policy.value
    facts["devices"] = [devices[one].name for one in record.devices if one in devices]
    facts["open_jobs"] = jobs
    facts["options"] = json.loads(record.options)
    facts["defaults"] = f"{len(record.defaults)} octets"
    for key in ("state_at", "config_at", "created_at"):
        facts[key] = moment(facts[key])
    del facts["version"]
    return facts


def _all() -> list[dict[str, Any]]:
    devices = {record.id: record for record in queries.devices()}
    counts = job_queries.open_counts()
    return [_facts(record, devices, counts.get(record.id, 0)) for record in queries.queues()]


@queue.command()
@click.argument("name")
@click.option("--device", "devices", multiple=True, help="The device it feeds; several make a pool.")
@click.option("--mode", type=MODES, default="direct", show_default=True)
@click.option("--site", default="main")
@click.option("--info", default="", help="What it is, for people.")
@click.option("--location", default="", help="Where people find it.")
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
    click.echo(f"queue {name} added")


@queue.command("list")
@JSON
def list_queues(as_json: bool) -> None:
    """List all queues."""
    installation()
    rows = _all()
    if as_json:
        show_json(rows)
        return
    default = queries.default_queue()
    for row in rows:
        row["is_default"] = "*" if row["name"] == default else ""
        row["is"] = ", ".join(
            ["accepting" if row["accepting"] else "rejecting", "enabled" if row["enabled"] else "paused"]
        )
        row["devices"] = ", ".join(row["devices"]) or "-"
    columns = {
        "is_default": "",
        "name": "NAME",
        "mode": "MODE",
        "devices": "DEVICES",
        "is": "STATE",
        "open_jobs": "JOBS",
        "info": "INFO",
    }
    show_table(rows, columns, "No queues yet. Add one: plantin queue add NAME --device DEVICE")


@queue.command()
@click.argument("name")
@JSON
def show(name: str, as_json: bool) -> None:
    """Show one queue."""
    installation()
    record = queries.queue(name)
    devices = {one.id: one for one in queries.devices(record.devices)}
    facts = _facts(record, devices, job_queries.open_counts().get(record.id, 0))
    if as_json:
        show_json(facts)
    else:
        show_fields(facts | {"devices": ", ".join(facts["devices"]) or "-"})


@queue.command("set")
@click.argument("name")
@click.option("--device", "devices", multiple=True, help="The devices it feeds from now on.")
@click.option("--mode", type=MODES)
@click.option("--site")
@click.option("--info")
@click.option("--location")
@click.option("--unknown-policy", type=UNKNOWN, help="When nobody can say whether a job printed.")
@click.option("--error-policy", type=ERRORS, help="When a device can't print now.")
@click.option(
    "--expire-after", "expire_after_s", type=int, help="Seconds a job waits for its release; 0: as all."
)
@click.option("--hold-new-jobs/--no-hold-new-jobs", default=None)
@click.option("--allow", "allowed_users", multiple=True, help="Only these users may print.")
@click.option("--deny", "denied_users", multiple=True, help="These users may not print.")
@click.option("--everybody", is_flag=True, help="Forget --allow and --deny.")
@click.option("--default", "is_default", is_flag=True, help="Make it the default queue.")
def set_queue(name: str, devices: tuple[str, ...], everybody: bool, is_default: bool, **fields: Any) -> None:
    """Change a queue."""
    chosen = {key: value for key, value in fields.items() if value not in (None, ())}
    if everybody:
        chosen |= {"allowed_users": [], "denied_users": []}
    if not chosen and not devices and not is_default:
        raise click.UsageError("nothing to change; see --help")

    def work() -> None:
        if chosen or devices:
            config.set_queue(name, devices=list(devices) or None, actor=actor(), **chosen)
        if is_default:
            config.set_default_queue(name, actor=actor())

    installation().write(work)
    click.echo(f"queue {name} changed")


def _switch(name: str, word: str, **fields: Any) -> None:
    installation().write(config.set_queue, name, actor=actor(), **fields)
    click.echo(f"queue {name} {word}")


@queue.command()
@click.argument("name")
def accept(name: str) -> None:
    """Take jobs."""
    _switch(name, "takes jobs", accepting=True, state_message="")


@queue.command()
@click.argument("name")
@click.option("--reason", "-r", default="", help="Told to those who try.")
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
@click.option("--reason", "-r", default="", help="Shown to those who wait.")
def disable(name: str, reason: str) -> None:
    """Let jobs wait; one that prints is finished."""
    _switch(name, "lets its jobs wait", enabled=False, state_message=reason)


@queue.command()
@click.argument("name")
def remove(name: str) -> None:
    """Remove a queue with its jobs and their history."""
    installation().write(config.remove_queue, name, actor=actor())
    click.echo(f"queue {name} removed")
