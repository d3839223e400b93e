"""1,000,000 finished jobs in the history and 100,000 held ones: start, Get-Jobs, accept, as with none."""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import Sequence
from statistics import median

from bench.connection import Connection
from bench.devices import Devices
from bench.fill import copies
from bench.load import Load
from bench.options import Options
from bench.report import Row, Table, milliseconds
from bench.requests import document, filling, get_jobs, print_job
from bench.servers import PlantinServer
from tests.peers.process import wait_until

_OCTETS = 50_000
_HELD = "secure"
_LISTED = 100
Figures = dict[str, list[float]]


async def _set_up(server: PlantinServer, devices: Devices, options: Options, full: bool) -> None:
    """Ten queues and a hold queue; when `full`, the history behind them, else just one answer's worth."""
    queues = {f"bench{number}": uri for number, uri in enumerate(devices.uris)}
    await server.set_up(queues)
    peer = server.peer
    peer("device", "add", "held-device", "--uri", devices.uris[0]).check()
    peer("queue", "add", _HELD, "--device", "held-device", "--mode", "hold").check()
    await _print(server, "bench0", 1)
    await _print(server, _HELD, 2)
    jobs = {}

    def listed() -> bool:
        for job in peer.json("job", "list", "--which", "all"):
            jobs[job["queue"]] = job
        return jobs.get("bench0", {}).get("state") == "completed" and _HELD in jobs

    await asyncio.to_thread(wait_until, listed, "one finished and one held job")
    server.stop()
    began = time.monotonic()
    store = peer.data / "plantin.sqlite3"
    copies(store, jobs["bench0"]["id"], options.finished if full else _LISTED, finished=True)
    copies(store, jobs[_HELD]["id"], options.held if full else _LISTED, finished=False)
    size = store.stat().st_size / 1e6
    print(f"    filled in {time.monotonic() - began:.0f} s, database of {size:,.0f} MB", flush=True)
    server.launch()
    (await server.answer(get_jobs("bench0"))).close()


async def _print(server: PlantinServer, queue: str, number: int) -> None:
    connection = Connection()
    await connection.open(server.port)
    status = await connection.ask((print_job(queue, _OCTETS), document(number), filling(_OCTETS)))
    connection.close()
    if status >= 0x0100:
        raise RuntimeError(f"{queue}: {status:#06x}\n{server.log_tail()}")


async def _asked(server: PlantinServer, request: bytes, times: int = 20) -> float:
    """Median seconds of a request on one connection."""
    connection = Connection()
    await connection.open(server.port)
    took = []
    for _ in range(times):
        began = time.perf_counter()
        if await connection.ask((request,)) >= 0x0100:
            raise RuntimeError("the request was refused")
        took.append(time.perf_counter() - began)
    connection.close()
    return median(took)


async def _start(server: PlantinServer) -> float:
    server.stop()
    began = time.monotonic()
    server.launch()
    (await server.answer(print_job("bench1", _OCTETS) + document(0) + filling(_OCTETS))).close()
    return time.monotonic() - began


async def measure(options: Options, table: Table) -> None:
    """An empty and a full Plantin in turns; cupsd takes minutes to start with such a history."""
    if "plantin" not in options.kinds:
        return
    devices = Devices()
    await devices.open()
    figures: dict[str, Figures] = {"none": {}, "full": {}}
    with contextlib.ExitStack() as stack:
        servers = {}
        for name in figures:
            folder = options.folder / f"history-{name}"
            folder.mkdir(mode=0o755)
            servers[name] = PlantinServer(folder)
            stack.callback(servers[name].stop)
            await _set_up(servers[name], devices, options, full=name == "full")
        for _ in range(options.rounds):
            for name, server in servers.items():
                await _round(server, devices, options, figures[name])
    await devices.close()
    _rows(options, table, figures["none"], figures["full"])


async def _round(server: PlantinServer, devices: Devices, options: Options, figures: Figures) -> None:
    def add(name: str, value: float) -> None:
        figures.setdefault(name, []).append(value)

    add("start to first accepted job", await _start(server))
    add("Get-Jobs, 100 not completed", await _asked(server, get_jobs(_HELD)))
    add("Get-Jobs, 100 completed", await _asked(server, get_jobs("bench0", "completed")))
    load = Load(server.port, [f"bench{number}" for number in range(10)], devices)
    run = await load.closed_loop(1, options.seconds / 2)
    add("accept, one client", run.delay(0.5))
    run = await load.closed_loop(options.clients, options.seconds)
    add("jobs/s", run.rate)


def _rows(options: Options, table: Table, none: Figures, full: Figures) -> None:
    size = f"{options.finished:,} finished, {options.held:,} held"
    for name, values in full.items():
        there, without = median(values), median(none[name])
        if name == "jobs/s":
            shown: Sequence[str] = (f"{without:.0f}", f"{there:.0f}")
            good = there >= without / 1.2
        else:
            shown = (milliseconds(without), milliseconds(there))
            # Below a millisecond of difference there is nothing to feel and little to measure.
            good = there <= 1.2 * without or there - without < 0.001
        table.add(
            Row(
                f"{size}: {name}",
                "-",
                f"{shown[1]} (none: {shown[0]})",
                f"{there / without:.2f}",
                "within 20 %",
                good,
            )
        )
