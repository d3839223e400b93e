"""One document of 2 GB: how much memory grows while it comes and goes, and its rate against a plain copy."""

from __future__ import annotations

import asyncio
import contextlib
import os
import time
from pathlib import Path

from bench.connection import Connection
from bench.devices import Devices
from bench.options import Options
from bench.report import Row, Table, megabytes
from bench.requests import document, print_job
from bench.servers import Server, private_server
from tests.peers.process import PeerError, wait_until

_PIECE = bytes((at * 31 + at // 256) & 0xFF for at in range(1 << 20))
_GROWTH = 64 * 1024 * 1024


def plain_copy(folder: Path, octets: int) -> float:
    """Seconds to copy a file of that many octets in pieces of 1 MB, with fsync at the end."""
    source, target = folder / "plain-source", folder / "plain-copy"
    with source.open("wb", buffering=0) as file:
        for start in range(0, octets, len(_PIECE)):
            file.write(_PIECE[: octets - start])
        os.fsync(file.fileno())
    began = time.monotonic()
    with source.open("rb", buffering=0) as reading, target.open("wb", buffering=0) as writing:
        while piece := reading.read(len(_PIECE)):
            writing.write(piece)
        os.fsync(writing.fileno())
    seconds = time.monotonic() - began
    source.unlink()
    target.unlink()
    return seconds


async def _send(server: Server, queue: str, octets: int) -> float:
    """Seconds until the document is acknowledged."""
    connection = Connection()
    await connection.open(server.port)
    transport = connection.transport
    assert transport is not None
    start = document(1)
    began = time.monotonic()
    answer = asyncio.ensure_future(connection.ask((print_job(queue, octets), start)))
    await asyncio.sleep(0)
    for sent in range(len(start), octets, len(_PIECE)):
        await connection.drain()
        if connection.closed:
            break
        transport.write(_PIECE[: octets - sent])
    status = await answer
    if status >= 0x0100:
        raise RuntimeError(f"{server.name}: the document was refused with {status:#06x}")
    seconds = time.monotonic() - began
    connection.close()
    return seconds


async def _watch(server: Server, peak: list[int]) -> None:
    while True:
        peak[0] = max(peak[0], server.memory()[0])
        await asyncio.sleep(0.25)


async def measure(options: Options, table: Table) -> None:
    """Once per server; the plain copy before and after, the better of the two counts."""
    octets = options.document_octets
    devices = Devices(1)
    await devices.open()
    copy = plain_copy(options.folder, octets)
    figures: dict[str, tuple[float, int, float]] = {}
    for kind in options.kinds:
        with private_server(kind, options.folder) as server:
            await server.set_up({"large": devices.uris[0]})
            devices.clear()
            devices.expected_octets = octets
            await _send(server, "large", 100_000)
            await asyncio.sleep(1.0)
            before = server.memory()[0]
            peak = [before]
            watch = asyncio.create_task(_watch(server, peak))
            seconds = await _send(server, "large", octets)
            try:
                await asyncio.to_thread(wait_until, lambda: 1 in devices.arrived, "the large document", 600)
            except PeerError as error:
                table.note(f"{kind}: {error}; {devices.octets:,} octets came")
            watch.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await watch
            figures[kind] = (octets / seconds, peak[0] - before, seconds)
    await devices.close()
    copy = min(copy, plain_copy(options.folder, octets))
    _rows(octets, copy, figures, table)


def _rows(octets: int, copy: float, figures: dict[str, tuple[float, int, float]], table: Table) -> None:
    none = (0.0, 0, 0.0)
    cupsd, plantin = figures.get("cupsd", none), figures.get("plantin", none)
    plain = octets / copy
    size = f"{octets / 1e9:.1f} GB document"
    table.add(
        Row(
            f"{size}: growth of memory (PSS) while it comes and goes",
            megabytes(cupsd[1]),
            megabytes(plantin[1]),
            "",
            "<= 64 MiB",
            plantin[1] <= _GROWTH if plantin[0] else None,
        )
    )
    table.add(
        Row(
            f"{size}: rate until acknowledged; plain copy with fsync {megabytes(plain)}/s",
            f"{megabytes(cupsd[0])}/s",
            f"{megabytes(plantin[0])}/s",
            f"{plantin[0] / plain:.2f} of a copy",
            ">= 0.5",
            plantin[0] >= plain / 2 if plantin[0] else None,
        )
    )
