"""``plantin status``: the shape of the queues, age x device, and what is in trouble."""

from typing import Any, Final

import click

from plantin.cli.device import why_not
from plantin.cli.group import installation
from plantin.cli.output import JSON, iso, moment, now_ms, plain, plural, show_json, show_table
from plantin.core.model import DeviceRecord
from plantin.store.queries import config
from plantin.store.queries import status as queries

STOPPED: Final = 5
SHOWN: Final = 20
"""Devices in trouble that are told by name."""


@click.command()
@JSON
def status(as_json: bool) -> None:
    """Show how many jobs wait, where, for how long, and which devices are in trouble."""
    here = installation()
    rows = queries.shape(now_ms())
    trouble = [record for record in config.devices() if record.state == STOPPED or record.paused]
    summary = queries.summary()
    pid = here.running()
    if as_json:
        show_json(_facts(pid, rows, trouble, summary))
        return
    click.echo(f"{f'server runs as process {pid}' if pid else 'server does not run'}; data in {here.data}")
    jobs = ", ".join(f"{count} {state}" for state, count in summary.open_jobs.items() if count)
    counted = f"{plural(summary.queues, 'queue')}, {plural(summary.devices, 'device')}"
    click.echo(f"{counted}; jobs: {jobs or 'none waits'}")
    if rows:
        click.echo()
        _show_shape(rows)
    if trouble:
        click.echo()
    for record in trouble[:SHOWN]:
        since = f" since {moment(record.state_at)}" if record.state_at else ""
        click.echo(f"device {record.name} is in trouble{since}: {plain(why_not(record))}")
    if len(trouble) > SHOWN:
        click.echo(f"and {plural(len(trouble) - SHOWN, 'more device')} in trouble; see plantin device list")


def _show_shape(rows: list[queries.ShapeRow]) -> None:
    heads = [f"<{minutes}" for minutes in queries.AGES_MIN] + [f"{queries.AGES_MIN[-1]}+"]
    columns = {"queue": "QUEUE", "device": "DEVICE", "state": "STATE", "total": "JOBS"}
    columns |= {f"n{i}": head for i, head in enumerate(heads)}
    lines = [
        {"queue": row.queue, "device": row.device or "-", "state": row.state, "total": sum(row.counts)}
        | {f"n{i}": count or "." for i, count in enumerate(row.counts)}
        for row in rows
    ]
    show_table(lines, columns, "")
    click.echo("(the columns count jobs by their age in minutes)")


def _facts(
    pid: int, rows: list[queries.ShapeRow], trouble: list[DeviceRecord], summary: queries.Summary
) -> dict[str, Any]:
    return {
        "server": pid or None,
        "queues": summary.queues,
        "devices": summary.devices,
        "open_jobs": summary.open_jobs,
        "ages_min": list(queries.AGES_MIN),
        "shape": [
            {
                "queue": row.queue,
                "device": row.device or None,
                "state": row.state,
                "jobs": sum(row.counts),
                "counts": list(row.counts),
            }
            for row in rows
        ],
        "trouble": [
            {
                "device": record.name,
                "why": why_not(record),
                "since_at": record.state_at,
                "since_at_iso": iso(record.state_at),
            }
            for record in trouble
        ],
    }
