"""End to end: 50 kB raw jobs, 16 clients, 10 devices; and the time to acknowledge at the rate of cupsd."""

from __future__ import annotations

import contextlib
from statistics import median

from bench.devices import Devices
from bench.load import Load, Run
from bench.options import Options
from bench.report import Row, Table, milliseconds
from bench.servers import Server, private_server

_WARM_SECONDS = 1.0


def _told(table: Table, server: Server, run: Run, devices: Devices) -> None:
    """Say what went wrong in a run; silence means that every document arrived once and whole."""
    if run.refused:
        table.note(f"{server.name}: {len(run.refused)} requests refused ({run.refused[0]})")
    if run.lost or run.twice or devices.strange:
        table.note(
            f"{server.name}: {run.lost} lost, {run.twice} twice, {len(devices.strange)} damaged "
            f"of {len(run.acknowledged)}"
        )


async def measure(options: Options, table: Table) -> None:
    """Closed loop in turns, then open loop at cupsd's rate."""
    devices = Devices()
    await devices.open()
    queues = {f"bench{number}": uri for number, uri in enumerate(devices.uris)}
    runs: dict[str, list[Run]] = {kind: [] for kind in options.kinds}
    with contextlib.ExitStack() as stack:
        servers = {kind: stack.enter_context(private_server(kind, options.folder)) for kind in options.kinds}
        loads = {}
        for kind, server in servers.items():
            await server.set_up(queues)
            loads[kind] = Load(server.port, list(queues), devices)
            await loads[kind].closed_loop(options.clients, _WARM_SECONDS)
        for _ in range(options.rounds):
            for kind, server in servers.items():
                run = await loads[kind].closed_loop(options.clients, options.seconds)
                print(
                    f"    {kind}: {run.rate:.0f} jobs/s, acknowledged {run.acknowledge_rate:.0f}/s",
                    flush=True,
                )
                _told(table, server, run, devices)
                runs[kind].append(run)
                await server.quiet()
        rates = {kind: median(run.rate for run in runs[kind]) for kind in options.kinds}
        cupsd, plantin = rates.get("cupsd", 0.0), rates.get("plantin", 0.0)
        table.add(
            Row(
                "end to end, 50 kB raw jobs, 16 clients, 10 devices",
                f"{cupsd:.0f} jobs/s",
                f"{plantin:.0f} jobs/s",
                f"{plantin / cupsd:.1f} x" if cupsd else "",
                ">= 6 x (goal 10 x)",
                plantin >= 6 * cupsd if cupsd and plantin else None,
            )
        )
        for share in (1.0, 0.8):
            await _acknowledge(options, table, servers, loads, share, cupsd or 160.0)
    await devices.close()


async def _acknowledge(
    options: Options,
    table: Table,
    servers: dict[str, Server],
    loads: dict[str, Load],
    share_of_peak: float,
    peak: float,
) -> None:
    """At the peak itself the figure to reach; below it, where no queue builds up, for information."""
    rate = share_of_peak * peak
    delays: dict[str, list[tuple[float, float]]] = {kind: [] for kind in servers}
    for _ in range(options.rounds):
        for kind, server in servers.items():
            run = await loads[kind].open_loop(rate, options.seconds)
            _told(table, server, run, loads[kind].devices)
            await server.quiet()
            delays[kind].append((run.delay(0.5), run.delay(0.99)))
    for number, share in enumerate(("median", "99th percentile")):
        figure = {kind: median(pair[number] for pair in pairs) for kind, pairs in delays.items()}
        cupsd, plantin = figure.get("cupsd", 0.0), figure.get("plantin", 0.0)
        both = bool(cupsd and plantin)
        wanted = number == 1 and share_of_peak == 1.0
        table.add(
            Row(
                f"time to acknowledge at {share_of_peak:.0%} of cupsd's peak ({rate:.0f} jobs/s), {share}",
                milliseconds(cupsd),
                milliseconds(plantin),
                f"1/{cupsd / plantin:.1f}" if both else "",
                "<= 1/5" if wanted else "",
                plantin <= cupsd / 5 if both and wanted else None,
            )
        )
