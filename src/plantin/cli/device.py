"""``plantin device``: the machines on the corridor."""

import asyncio
import json
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path
from typing import Any, TypeVar

import click

from plantin.cli.output import JSON, actor, installation, moment, now_ms, show_fields, show_json, show_table
from plantin.core.errors import Refusal
from plantin.core.model import DeviceRecord
from plantin.delivery import Delivery, Surroundings, parse_device_uri
from plantin.store.commands import config
from plantin.store.queries import config as queries

STATES = {3: "idle", 4: "processing", 5: "stopped"}


@click.group()
def device() -> None:
    """Add, list, change, test and remove devices."""


def _facts(record: DeviceRecord) -> dict[str, Any]:
    facts = asdict(record)
    facts["state"] = "paused" if record.paused else STATES.get(record.state, str(record.state))
    facts["state_reasons"] = list(record.state_reasons)
    facts["options"] = json.loads(record.options)
    facts["capabilities"] = f"{len(record.capabilities)} octets" if record.capabilities else "not known"
    facts["state_at"], facts["capabilities_at"] = moment(record.state_at), moment(record.capabilities_at)
    facts["supplies"] = json.loads(record.supplies) if record.supplies else None
    del facts["version"]
    return facts


def _options(pairs: tuple[str, ...]) -> dict[str, Any]:
    values = {}
    for pair in pairs:
        name, equals, value = pair.partition("=")
        if not equals:
            raise click.BadParameter(f"{pair!r} is not name=value")
        values[name] = int(value) if value.isdigit() else value
    return values


SETTINGS = (
    click.option("--site", help="Where it stands."),
    click.option("--info", help="What it is, for people."),
    click.option("--location", help="Where people find it."),
    click.option(
        "--option", "-o", "options", multiple=True, metavar="NAME=VALUE", help="See docs/devices.md."
    ),
    click.option("--tls-pin", help="SHA-256 of its certificate, hexadecimal."),
)


F = TypeVar("F", bound=Callable[..., Any])


def _with_settings(function: F) -> F:
    for option in reversed(SETTINGS):
        function = option(function)
    return function


@device.command()
@click.argument("name")
@click.option("--uri", required=True, help="socket://HOST[:9100], ipp://…, ipps://…, file:///FOLDER/")
@_with_settings
def add(name: str, uri: str, site: str | None, options: tuple[str, ...], **fields: str | None) -> None:
    """Add a device."""
    here = installation()
    parse_device_uri(uri, file_roots=here.file_roots)
    chosen = {key: value for key, value in fields.items() if value is not None}
    if options:
        chosen["options"] = json.dumps(_options(options), sort_keys=True)
    here.write(config.add_device, name, uri, actor=actor(), site_name=site or "main", **chosen)
    click.echo(f"device {name} added")


@device.command("list")
@JSON
def list_devices(as_json: bool) -> None:
    """List all devices."""
    installation()
    rows = [_facts(record) for record in queries.devices()]
    if as_json:
        show_json(rows)
        return
    for row in rows:
        row["why"] = row["state_message"] or " ".join(word for word in row["state_reasons"] if word != "none")
    columns = {
        "name": "NAME",
        "state": "STATE",
        "uri": "URI",
        "site": "SITE",
        "location": "LOCATION",
        "why": "WHY",
    }
    show_table(rows, columns, "No devices yet. Add one: plantin device add NAME --uri socket://HOST")


@device.command()
@click.argument("name")
@JSON
def show(name: str, as_json: bool) -> None:
    """Show one device."""
    installation()
    facts = _facts(queries.device(name))
    if as_json:
        show_json(facts)
    else:
        show_fields(facts)


@device.command("set")
@click.argument("name")
@click.option("--uri", help="Where it is reached.")
@click.option("--pause/--resume", "paused", default=None, help="Send it nothing / go on.")
@_with_settings
def set_device(
    name: str, uri: str | None, paused: bool | None, options: tuple[str, ...], **fields: str | None
) -> None:
    """Change a device."""
    here = installation()
    chosen: dict[str, Any] = {key: value for key, value in fields.items() if value is not None}
    if uri is not None:
        parse_device_uri(uri, file_roots=here.file_roots)
        chosen["uri"] = uri
    if paused is not None:
        chosen["paused"] = paused
    if options:
        before = json.loads(queries.device(name).options)
        chosen["options"] = json.dumps(before | _options(options), sort_keys=True)
    if not chosen:
        raise click.UsageError("nothing to change; see --help")
    here.write(config.set_device, name, actor=actor(), **chosen)
    click.echo(f"device {name} changed")


@device.command()
@click.argument("name")
def remove(name: str) -> None:
    """Remove a device that no queue feeds."""
    installation().write(config.remove_device, name, actor=actor())
    click.echo(f"device {name} removed")


@device.command()
@click.argument("name")
def test(name: str) -> None:
    """Ask a device whether it takes connections. Prints nothing on it."""
    here = installation()
    record = queries.device(name)
    trouble = asyncio.run(_probe(record, here.file_roots))
    if trouble is not None:
        raise Refusal(trouble[0], f"device {name} at {record.uri}: {trouble[1]} ({trouble[0]})")
    click.echo(f"device {name} at {record.uri} takes connections")


async def _probe(record: DeviceRecord, file_roots: tuple[Path, ...]) -> tuple[str, str] | None:
    delivery = Delivery(Surroundings(clock=_Clock(), file_roots=file_roots))
    try:
        return await delivery.probe(record)
    finally:
        await delivery.close()


class _Clock:
    """The machine's clock, for one command."""

    def now_ms(self) -> int:
        return now_ms()

    def monotonic(self) -> float:
        return asyncio.get_running_loop().time()
