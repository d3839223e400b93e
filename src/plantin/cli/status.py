"""``plantin status``: the shape of the queues, age x device, and what is in trouble."""

import click

from plantin.cli.group import installation
from plantin.cli.output import JSON, now_ms, show_json, show_table
from plantin.store.queries import config
from plantin.store.queries import status as queries


@click.command()
@JSON
def status(as_json: bool) -> None:
    """Show how many jobs wait, where, for how long, and which devices are in trouble."""
    here = installation()
    rows = queries.shape(now_ms())
    trouble = [record for record in config.devices() if record.state == 5 or record.paused]
    summary = queries.summary()
    if as_json:
        show_json(
            {
                "server": here.running(),
                "open_jobs": summary.open_jobs,
                "ages_min": list(queries.AGES_MIN),
                "shape": [
                    {"queue": row.queue, "device": row.device, "state": row.state, "counts": list(row.counts)}
                    for row in rows
                ],
                "trouble": [
                    {"device": record.name, "why": record.state_message, "since": record.state_at}
                    for record in trouble
                ],
            }
        )
        return
    pid = here.running()
    click.echo(f"server {'runs as process ' + str(pid) if pid else 'does not run'}; data in {here.data}")
    click.echo(
        f"{summary.queues} queues, {summary.devices} devices, "
        + ", ".join(f"{count} {state}" for state, count in summary.open_jobs.items())
    )
    click.echo()
    heads = [f"<{minutes}" for minutes in queries.AGES_MIN] + [f"{queries.AGES_MIN[-1]}+"]
    columns = {"queue": "QUEUE", "device": "DEVICE", "state": "STATE", "total": "JOBS"}
    columns |= {f"n{i}": head for i, head in enumerate(heads)}
    lines = [
        {"queue": row.queue, "device": row.device or "-", "state": row.state, "total": sum(row.counts)}
        | {f"n{i}": count or "." for i, count in enumerate(row.counts)}
        for row in rows
    ]
    show_table(lines, columns, "No job waits.")
    if lines:
        click.echo("(columns: age in minutes)")
    for record in trouble:
        why = "paused by an administrator" if record.paused else record.state_message
        click.echo(f"device {record.name}: {why or ' '.join(record.state_reasons)}")
