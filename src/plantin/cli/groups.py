"""``plantin group``: groups of people, and groups of devices, that tariffs and policies name."""

from typing import Final

import click

from plantin.cli.group import installation
from plantin.cli.output import JSON, actor, plain, show_fields, show_json, show_table
from plantin.core.errors import NotFound
from plantin.store.commands import rules as commands
from plantin.store.queries import rules as queries

EMPTY: Final = "No groups yet. Add one: plantin group add GROUP USER..."
COLUMNS: Final = {"people": "PEOPLE", "devices": "DEVICES", "name": "GROUP"}
_DEVICES: Final = click.option("--device", "devices", multiple=True, metavar="NAME", help="A device.")
_USERS: Final = click.argument("users", nargs=-1, metavar="USER...")


@click.group()
def group() -> None:
    """Add people and devices to groups, list, show and remove them."""


@group.command()
@click.argument("name", metavar="GROUP")
@_USERS
@_DEVICES
def add(name: str, users: tuple[str, ...], devices: tuple[str, ...]) -> None:
    """Put people, or devices with --device, into a group, which is made if there is none."""
    _require(users, devices)

    def work() -> list[str]:
        people = commands.add_members(name, users, actor=actor()) if users else []
        machines = commands.add_devices(name, devices, actor=actor()) if devices else []
        return people + machines

    new = installation().write(work)
    already = len(set(users)) + len(set(devices)) - len(new)
    there = f" ({already} in it already)" if already else ""
    click.echo(f"group {plain(name)}: {len(new)} added{there}")


@group.command()
@click.argument("name", metavar="GROUP")
@_USERS
@_DEVICES
def remove(name: str, users: tuple[str, ...], devices: tuple[str, ...]) -> None:
    """Take people, or devices with --device, out of a group; who is last takes it with them."""
    _require(users, devices)

    def work() -> None:
        if users:
            commands.remove_members(name, users, actor=actor())
        if devices:
            commands.remove_devices(name, devices, actor=actor())

    installation().write(work)
    click.echo(f"group {plain(name)}: {len(set(users)) + len(set(devices))} removed")


def _require(users: tuple[str, ...], devices: tuple[str, ...]) -> None:
    if not users and not devices:
        raise click.UsageError("name a USER, or a device with --device")


@group.command("list")
@JSON
def list_groups(as_json: bool) -> None:
    """List groups, and how many people and devices are in them."""
    installation()
    people, devices = queries.group_sizes(), queries.device_group_sizes()
    rows = [
        {"name": name, "people": people.get(name, 0), "devices": devices.get(name, 0)}
        for name in sorted(people.keys() | devices.keys())
    ]
    if as_json:
        show_json(rows)
        return
    show_table(rows, COLUMNS, EMPTY)


@group.command()
@click.argument("name", metavar="GROUP")
@JSON
def show(name: str, as_json: bool) -> None:
    """Show who and what is in a group."""
    installation()
    people, devices = queries.members(name), queries.device_members(name)
    if not people and not devices:
        raise NotFound(f"there is no group {plain(name)!r}")
    facts = {"name": name, "people": people, "devices": devices}
    if as_json:
        show_json(facts)
        return
    show_fields(facts)
