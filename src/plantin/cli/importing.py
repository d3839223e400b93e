"""``plantin import``: many devices and queues out of one file.

Everything is checked before anything is written, and what is wrong is told with its line. Then rows go in by
the thousand, a transaction each. A CSV file has a heading and one machine to a line (``docs/import.md``).
"""

import json
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Any, Final, TypeVar

import click

from plantin.cli.device import check_device
from plantin.cli.group import installation
from plantin.cli.installation import Installation
from plantin.cli.output import actor, plural, progress
from plantin.cli.tables import Row, Wanted, WrongRow, read
from plantin.core.errors import PlantinError, Refusal
from plantin.core.limits import DEVICES_PER_QUEUE_MAX
from plantin.core.model import QueueMode
from plantin.core.names import check_name
from plantin.store.commands import config, importing
from plantin.store.queries import config as queries

AT_ONCE: Final = 1_000
SHOWN: Final = 10
"""Problems that are told before the rest is only counted."""
T = TypeVar("T")


@click.command("import")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--update", is_flag=True, help="Change those that are there; without it they are errors.")
@click.option("--dry-run", is_flag=True, help="Only check the file.")
def import_file(file: Path, update: bool, dry_run: bool) -> None:
    """Add the devices and queues of FILE, a .csv or a .toml (docs/import.md)."""
    here = installation()
    wanted = read(file)
    problems = list(_problems(here, wanted, update))
    if problems:
        told = [f"{file}: {problem}" for problem in problems[:SHOWN]]
        more = len(problems) - SHOWN
        told += [f"and {plural(more, 'more problem')}"] if more > 0 else []
        raise Refusal("bad-file", "\n".join([*told, "nothing was imported"]))
    if dry_run:
        click.echo(f"{file}: {_counted(wanted)}, all well; nothing was changed")
        return
    _write(here, wanted)
    click.echo(f"{_counted(wanted)} imported from {file}")


def _counted(wanted: Wanted) -> str:
    return f"{plural(len(wanted.devices), 'device')} and {plural(len(wanted.queues), 'queue')}"


def _problems(here: Installation, wanted: Wanted, update: bool) -> Iterable[WrongRow]:
    devices = {record.name for record in queries.devices()}
    queues = {record.name for record in queries.queues()}
    known = devices | {row.name for row in wanted.devices}
    yield from _told(wanted.devices, lambda row: _check_one(row, "device", devices, update))
    yield from _told(wanted.devices, lambda row: check_device(here, row.uri, _options(row)))
    yield from _told(wanted.devices, lambda row: config.device_values(_without_site(row)))
    yield from _told(wanted.queues, lambda row: _check_one(row, "queue", queues, update))
    yield from _told(wanted.queues, lambda row: _check_queue(row, known))


def _told(rows: Iterable[Row], check: Callable[[Row], object]) -> Iterable[WrongRow]:
    for row in rows:
        try:
            check(row)
        except PlantinError as error:
            yield WrongRow(row.place, error.text)


def _check_one(row: Row, kind: str, there: set[str], update: bool) -> None:
    check_name(kind, row.name)
    check_name("site", row.site)
    if row.name in there and not update:
        raise Refusal("exists", f"there is a {kind} {row.name!r} already; --update changes it")


def _check_queue(row: Row, known: set[str]) -> None:
    config.queue_values({"mode": row.mode or QueueMode.DIRECT, **_without_site(row)})
    if len(row.devices) > DEVICES_PER_QUEUE_MAX:
        raise Refusal(
            "too-many-devices",
            f"{len(row.devices)} devices for one queue; {DEVICES_PER_QUEUE_MAX} is the most",
        )
    for name in row.devices:
        if name not in known:
            raise Refusal("not-found", f"there is no device {name!r}, neither here nor in this file")


def _options(row: Row) -> str:
    return json.dumps(row.fields.get("options", {}), sort_keys=True)


def _without_site(row: Row) -> dict[str, Any]:
    return {key: value for key, value in row.fields.items() if key != "site"}


def _write(here: Installation, wanted: Wanted) -> None:
    """Devices first, then queues; those that are there already one by one, in the same transactions."""
    devices = {record.name for record in queries.devices()}
    queues = {record.name for record in queries.queues()}

    def take_devices(rows: Sequence[Row]) -> None:
        new = [row for row in rows if row.name not in devices]
        importing.add_devices(
            [importing.NewDevice(row.name, row.uri, row.site, _without_site(row)) for row in new], actor()
        )
        for row in rows:
            if row.name in devices:
                config.set_device(row.name, actor=actor(), uri=row.uri, **row.fields)

    def take_queues(rows: Sequence[Row]) -> None:
        new = [row for row in rows if row.name not in queues]
        importing.add_queues(
            [
                importing.NewQueue(
                    row.name, row.devices, row.mode or QueueMode.DIRECT, row.site, _without_site(row)
                )
                for row in new
            ],
            actor(),
        )
        for row in rows:
            if row.is_default:
                config.set_default_queue(row.name, actor=actor())
            if row.name in queues:
                mode = {"mode": row.mode} if row.mode else {}
                config.set_queue(
                    row.name, devices=list(row.devices) or None, actor=actor(), **mode, **row.fields
                )

    with progress("importing", len(wanted.devices) + len(wanted.queues)) as bar:
        for rows in _thousands(wanted.devices):
            here.write(take_devices, rows)
            bar.update(len(rows))
        for rows in _thousands(wanted.queues):
            here.write(take_queues, rows)
            bar.update(len(rows))


def _thousands(rows: Sequence[T]) -> Iterable[Sequence[T]]:
    for start in range(0, len(rows), AT_ONCE):
        yield rows[start : start + AT_ONCE]
