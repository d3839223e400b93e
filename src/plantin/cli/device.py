"""``plantin device``: the machines on the corridor."""

import json
from collections.abc import Callable
from typing import Any, Final, TypeVar

import click

from plantin.cli.group import installation
from plantin.cli.installation import Installation
from plantin.cli.output import (
    JSON,
    actor,
    moment,
    octets,
    plain,
    show_fields,
    show_json,
    show_table,
    with_iso,
)
from plantin.cli.parameters import TEXT, pairs
from plantin.core.errors import Refusal
from plantin.core.model import DeviceRecord
from plantin.store.commands import config
from plantin.store.queries import config as queries

STATES: Final = {3: "idle", 4: "processing", 5: "stopped"}
EMPTY: Final = "No devices yet. Add one: plantin device add NAME --uri socket://HOST"
COLUMNS: Final = {
    "name": "NAME",
    "state": "STATE",
    "uri": "URI",
    "site": "SITE",
    "location": "LOCATION",
    "why": "WHY",
}
F = TypeVar("F", bound=Callable[..., Any])


@click.group()
def device() -> None:
    """Add, list, change, test and remove devices."""


def facts_of(record: DeviceRecord) -> dict[str, Any]:
    """A device for programs."""
    facts: dict[str, Any] = {
        "name": record.name,
        "uuid": record.uuid,
        "uri": record.uri,
        "site": record.site,
        "info": record.info,
        "location": record.location,
        "make_model": record.make_model,
        "state": "paused" if record.paused else STATES.get(record.state, str(record.state)),
        "state_reasons": list(record.state_reasons),
        "state_message": record.state_message,
        "state_at": record.state_at,
        "paused": record.paused,
        "options": json.loads(record.options or "{}"),
        "tls_pin": record.tls_pin,
        "supplies": json.loads(record.supplies) if record.supplies else None,
        "capabilities_octets": len(record.capabilities),
        "capabilities_at": record.capabilities_at,
    }
    return with_iso(facts, "state_at", "capabilities_at")


def why_not(record: DeviceRecord) -> str:
    """Why the device does not print; empty when it does."""
    if record.paused:
        return "paused by an administrator"
    return record.state_message or " ".join(word for word in record.state_reasons if word != "none")


def check_device(here: Installation, uri: str, options: str) -> None:
    """Holds a device's address and options against what its backend takes.

    Raises:
        Refusal: one is wrong, and how.
    """
    from plantin.delivery.options import Limits, device_options
    from plantin.delivery.uri import parse_device_uri

    device_options(parse_device_uri(uri, file_roots=here.file_roots).query, options, Limits())


def _options(texts: tuple[str, ...], before: str = "{}") -> str:
    """The options after a change; an empty value takes one away."""
    from plantin.delivery.options import OPTION_NAMES

    chosen = json.loads(before or "{}")
    for name, value in pairs(texts).items():
        if name not in OPTION_NAMES:
            known = ", ".join(sorted(OPTION_NAMES))
            raise Refusal("bad-device-option", f"there is no device option {name!r}; there are {known}")
        if value:
            chosen[name] = value
        else:
            chosen.pop(name, None)
    return json.dumps(chosen, sort_keys=True)


SETTINGS: Final = (
    click.option("--site", metavar="SITE", help="Where it stands; default: main."),
    click.option("--info", type=TEXT, help="What it is, for people."),
    click.option("--location", type=TEXT, help="Where people find it."),
    click.option(
        "-o", "--option", "options", multiple=True, metavar="NAME=VALUE", help="See docs/devices.md."
    ),
    click.option("--tls-pin", metavar="SHA256", help="Of its certificate, hexadecimal; '' forgets it."),
)


def _with_settings(function: F) -> F:
    for option in reversed(SETTINGS):
        function = option(function)
    return function


def _chosen(fields: dict[str, str | None]) -> dict[str, Any]:
    chosen = {key: value for key, value in fields.items() if value is not None}
    pin = chosen.get("tls_pin")
    if pin:
        chosen["tls_pin"] = pin = pin.replace(":", "").lower()
        if len(pin) != 64 or set(pin) - set("0123456789abcdef"):
            raise Refusal("bad-setting", "a TLS pin is the SHA-256 of a certificate: 64 hexadecimal digits")
    return chosen


@device.command()
@click.argument("name")
@click.option(
    "--uri", required=True, metavar="URI", help="socket://HOST[:9100], ipp://…, ipps://…, file:///FOLDER/"
)
@_with_settings
def add(name: str, uri: str, site: str | None, options: tuple[str, ...], **fields: str | None) -> None:
    """Add a device."""
    here = installation()
    stored = _options(options)
    check_device(here, uri, stored)
    chosen = _chosen(fields) | {"options": stored}
    here.write(config.add_device, name, uri, actor=actor(), site_name=site or "main", **chosen)
    click.echo(f"device {name} added")


@device.command("list")
@JSON
def list_devices(as_json: bool) -> None:
    """List all devices."""
    installation()
    records = sorted(queries.devices(), key=lambda record: record.name)
    rows = [facts_of(record) for record in records]
    if as_json:
        show_json(rows)
        return
    for row, record in zip(rows, records, strict=True):
        row["why"] = why_not(record)
    show_table(rows, COLUMNS, EMPTY)


@device.command()
@click.argument("name")
@JSON
def show(name: str, as_json: bool) -> None:
    """Show one device: how it is, and what it can do."""
    installation()
    record = queries.device(name)
    facts = facts_of(record)
    if as_json:
        show_json(facts)
        return
    for key in ("state_at_iso", "capabilities_at_iso", "paused", "state_reasons", "capabilities_octets"):
        del facts[key]
    facts["state_at"], facts["capabilities_at"] = moment(record.state_at), moment(record.capabilities_at)
    facts["state_message"] = why_not(record)
    facts["supplies"] = _supplies(facts["supplies"])
    show_fields(facts | _abilities(record))


def _supplies(told: Any) -> str:
    if not isinstance(told, dict):
        return ""
    names, levels = told.get("marker-names"), told.get("marker-levels")
    if not isinstance(names, list) or not isinstance(levels, list):
        return ""
    return ", ".join(
        f"{plain(name)} {level} %" if isinstance(level, int) and level >= 0 else f"{plain(name)} unknown"
        for name, level in zip(names, levels, strict=False)
    )


def _abilities(record: DeviceRecord) -> dict[str, str]:
    """What the device says that it can do, in a few words."""
    if not record.capabilities:
        return {}
    from plantin.devices.capabilities import summary

    told = summary(record.capabilities)
    colour = {None: "", True: "colour", False: "black and white"}[told.color]
    sides = "two-sided" if any(side != "one-sided" for side in told.sides) else "one-sided"
    return {
        "formats": ", ".join(told.formats),
        "prints": ", ".join(part for part in (colour, sides, *told.resolutions) if part),
        "media": ", ".join(told.media),
        "capabilities": octets(len(record.capabilities)),
    }


@device.command("set")
@click.argument("name")
@click.option("--uri", metavar="URI", help="Where it is reached.")
@click.option("--pause/--resume", "paused", default=None, help="Send it nothing / go on.")
@_with_settings
def set_device(
    name: str, uri: str | None, paused: bool | None, options: tuple[str, ...], **fields: str | None
) -> None:
    """Change a device; only what is named."""
    here = installation()
    chosen = _chosen(fields)
    if uri is not None:
        chosen["uri"] = uri
    if paused is not None:
        chosen["paused"] = paused
    before = queries.device(name)
    if options:
        chosen["options"] = _options(options, before.options)
    if not chosen:
        raise click.UsageError("nothing to change: name what shall change")
    if uri is not None or options:
        check_device(here, uri or before.uri, chosen.get("options", before.options))
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
    """Ask a device how it is. Nothing is printed on it."""
    here = installation()
    record = queries.device(name)
    from plantin.cli.probing import look_at

    for line in look_at(record, here.file_roots):
        click.echo(line)
