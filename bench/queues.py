"""10,000 queues with a device each: start to first accepted job, the list of all, memory, jobs/s."""

from __future__ import annotations

import asyncio
import contextlib
import time
from dataclasses import dataclass
from statistics import median

from bench.connection import Connection
from bench.devices import Devices
from bench.load import Load
from bench.options import Options
from bench.report import Row, Table, megabytes, milliseconds
from bench.requests import document, filling, get_printers, print_job
from bench.servers import Server, private_server

_REST_SECONDS = 3.0
_OCTETS = 50_000


@dataclass
class _Figures:
    start: float = 0.0
    listed: float = 0.0
    first_octet: float = 0.0
    list_octets: int = 0
    list_processor: float = 0.0
    pss: int = 0
    rss: int = 0
    few: float = 0.0
    many: float = 0.0
    spread: float = 0.0


async def measure(options: Options, table: Table) -> None:
    """Each server alone, one after the other: memory and start-up are not to be disturbed by the other."""
    devices = Devices()
    await devices.open()
    figures: dict[str, _Figures] = {}
    for kind in options.kinds:
        figures[kind] = await _one(kind, options, devices)
        print(f"    {kind}: {figures[kind]}", flush=True)
    await devices.close()
    _rows(options, table, figures.get("cupsd"), figures.get("plantin"))


async def _one(kind: str, options: Options, devices: Devices) -> _Figures:
    found = _Figures()
    few = {f"few{number}": uri for number, uri in enumerate(devices.uris)}
    many = {f"q{number:05d}": devices.uri(number) for number in range(options.queues)}
    with contextlib.ExitStack() as stack:
        big = stack.enter_context(private_server(kind, options.folder))
        began = time.monotonic()
        await big.set_up(many)
        print(f"    {kind}: {options.queues} queues made in {time.monotonic() - began:.1f} s", flush=True)
        await _start(big, next(iter(many)), found)
        await _list(big, found)
        await asyncio.sleep(_REST_SECONDS)
        found.pss, found.rss = big.memory()
        (options.folder / "few").mkdir(mode=0o755, exist_ok=True)
        small = stack.enter_context(private_server(kind, options.folder / "few"))
        await small.set_up(few)
        names = list(many)
        loads = {
            "few": Load(small.port, list(few), devices),
            "many": Load(big.port, names[: len(few)], devices),
            "spread": Load(big.port, names, devices),
        }
        rates: dict[str, list[float]] = {name: [] for name in loads}
        for load in loads.values():
            await load.closed_loop(options.clients, 1.0)
        for _ in range(options.rounds):
            for name, load in loads.items():
                rates[name].append((await load.closed_loop(options.clients, options.seconds)).rate)
        found.few, found.many, found.spread = (median(rates[name]) for name in ("few", "many", "spread"))
    return found


async def _start(server: Server, queue: str, found: _Figures) -> None:
    """Stop, and take the time from the program's start to the first accepted job (median of three)."""
    times = []
    for _ in range(3):
        server.stop()
        began = time.monotonic()
        server.launch()
        connection = await server.answer(print_job(queue, _OCTETS) + document(0) + filling(_OCTETS))
        times.append(time.monotonic() - began)
        connection.close()
    found.start = median(times)


async def _list(server: Server, found: _Figures) -> None:
    """All queues by CUPS-Get-Printers, five times on one connection."""
    connection = Connection()
    await connection.open(server.port)
    times, firsts = [], []
    before = server.processor_seconds()
    for _ in range(5):
        began = time.perf_counter()
        if await connection.ask((get_printers(),)) >= 0x0100:
            raise RuntimeError(f"{server.name}: CUPS-Get-Printers was refused")
        times.append(time.perf_counter() - began)
        firsts.append(connection.first_octet - began)
    found.list_processor = (server.processor_seconds() - before) / 5
    found.listed, found.first_octet, found.list_octets = median(times), median(firsts), connection.octets
    connection.close()


def _rows(options: Options, table: Table, cupsd: _Figures | None, plantin: _Figures | None) -> None:
    c, p = cupsd or _Figures(), plantin or _Figures()
    both = cupsd is not None and plantin is not None
    size = f"{options.queues:,} queues"
    table.add(
        Row(
            f"{size}: start to first accepted job",
            f"{c.start:.2f} s",
            f"{p.start:.2f} s",
            f"{p.start / c.start:.2f}" if both else "",
            "<= 2 s",
            p.start <= 2 if plantin else None,
        )
    )
    table.add(
        Row(
            f"{size}: all by CUPS-Get-Printers",
            milliseconds(c.listed),
            milliseconds(p.listed),
            f"{p.listed / c.listed:.2f}" if both else "",
            "<= 0.5",
            p.listed <= c.listed / 2 if both else None,
        )
    )
    table.add(
        Row(
            "  its first octet; server's processor time; octets",
            f"{milliseconds(c.first_octet)}; {milliseconds(c.list_processor)}; {megabytes(c.list_octets)}",
            f"{milliseconds(p.first_octet)}; {milliseconds(p.list_processor)}; {megabytes(p.list_octets)}",
        )
    )
    table.add(
        Row(
            f"{size}: jobs/s to 10 of them, against 10 queues",
            f"{c.many:.0f} / {c.few:.0f}",
            f"{p.many:.0f} / {p.few:.0f}",
            f"{p.many / p.few:.2f}" if p.few else "",
            ">= 0.90",
            p.many >= 0.9 * p.few if p.few else None,
        )
    )
    table.add(
        Row(
            f"{size}: jobs/s spread over all of them",
            f"{c.spread:.0f}",
            f"{p.spread:.0f}",
            f"{p.spread / p.few:.2f}" if p.few else "",
        )
    )
    table.add(
        Row(
            f"{size}: memory at rest, all processes, PSS",
            megabytes(c.pss),
            megabytes(p.pss),
            f"{p.pss / c.pss:.1f} x" if c.pss and p.pss else "",
            "<= 300 MB",
            p.pss <= 300e6 if plantin else None,
        )
    )
    table.add(Row("  the same as RSS (shared pages counted again)", megabytes(c.rss), megabytes(p.rss)))
