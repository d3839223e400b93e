"""With the books on: a tariff for everything, documents inspected, each job charged in the ledger.

Three loads against cupsd, which only passes the bytes on: the 50 kB raw jobs of `e2e` by somebody whose money
has no limit, the same by somebody whose money has (nothing prints before its price is reserved), and 10-page
PDFs with colour detection. Beside each: how long after the last sheet the last job was in the books.
"""

from __future__ import annotations

import contextlib
import random
from collections.abc import Sequence
from dataclasses import replace
from statistics import median

from bench.devices import Devices
from bench.load import Load, Run
from bench.options import Options
from bench.report import Row, Table
from bench.requests import MARK
from bench.servers import PlantinServer, Server, private_server

TARIFF = b"""name = "Bench"
scope = "everywhere"
currency = "EUR"
job = "0.01"
side = [{ price = "0.04", colour = false }, { price = "0.20", colour = true }]
"""
WORDS = ("the", "printing", "house", "kept", "its", "books", "with", "great", "care", "and", "every", "sheet")


async def measure(options: Options, table: Table) -> None:
    """Each load in turns."""
    options = replace(options, rounds=min(options.rounds, 2))
    head, rest = pdf(10)
    raw = "raw jobs, 50 kB, inspected and charged"
    await _one(options, table, raw, ">= 6 x", 6.0, limited=False)
    await _one(options, table, f"{raw}, price reserved first", "", None, limited=True)
    await _one(
        options,
        table,
        "10-page PDFs, colour detection, charged",
        ">= 5 x",
        5.0,
        limited=False,
        paper=(head, rest),
    )


async def _one(
    options: Options,
    table: Table,
    name: str,
    wanted: str,
    least: float | None,
    *,
    limited: bool,
    paper: tuple[bytes, bytes] | None = None,
) -> None:
    devices = Devices()
    await devices.open()
    queues = {f"bench{number}": uri for number, uri in enumerate(devices.uris)}
    rates: dict[str, list[float]] = {kind: [] for kind in options.kinds}
    late: list[float] = []
    with contextlib.ExitStack() as stack:
        servers = {kind: stack.enter_context(private_server(kind, options.folder)) for kind in options.kinds}
        loads = {}
        for kind, server in servers.items():
            await server.set_up(queues)
            if isinstance(server, PlantinServer):
                _open_books(server, limited)
            loads[kind] = _load(server, list(queues), devices, paper)
            await loads[kind].closed_loop(options.clients, 1.0)
        for _ in range(options.rounds):
            for kind, server in servers.items():
                run = await loads[kind].closed_loop(options.clients, options.seconds)
                rates[kind].append(run.rate)
                _told(table, name, server, run)
                after = await server.quiet()
                if isinstance(server, PlantinServer):
                    late.append(after)
    await devices.close()
    cupsd, plantin = (median(rates.get(kind) or [0.0]) for kind in ("cupsd", "plantin"))
    ratio = plantin / cupsd if cupsd else 0.0
    reached = ratio >= least if least is not None and cupsd and plantin else None
    mine = f"{plantin:.0f} jobs/s, books {median(late or [0.0]):.1f} s later"
    table.add(Row(name, f"{cupsd:.0f} jobs/s", mine, f"{ratio:.1f} x", wanted, reached))


def _load(server: Server, queues: Sequence[str], devices: Devices, paper: tuple[bytes, bytes] | None) -> Load:
    if paper is None:
        return Load(server.port, queues, devices)
    head, rest = paper
    return Load(
        server.port,
        queues,
        devices,
        len(head) + len(rest),
        parts=(lambda number: head.replace(b"%012d" % 0, b"%012d" % number), rest),
    )


def _open_books(server: PlantinServer, limited: bool) -> None:
    server.peer("tariff", "add", "-", stdin=TARIFF).check()
    limit = "--restricted" if limited else "--unrestricted"
    server.peer("account", "add", "bench", limit, "--balance", "1000000.00").check()


def _told(table: Table, name: str, server: Server, run: Run) -> None:
    if run.refused or run.lost or run.twice:
        table.note(f"{name}, {server.name}: {len(run.refused)} refused, {run.lost} lost, {run.twice} twice")


def pdf(pages: int) -> tuple[bytes, bytes]:
    """A text document as an office program writes it, one heading in colour: what stands before and from the
    job's mark on. The mark is a comment of fixed length, so that no offset changes with the number."""
    rng = random.Random(1)
    head = b"%PDF-1.4\n%" + MARK + b"%012d\n" % 0
    out = bytearray(head)
    offsets: list[int] = []

    def add(content: bytes) -> int:
        offsets.append(len(out))
        out.extend(b"%d 0 obj\n%s\nendobj\n" % (len(offsets), content))
        return len(offsets)

    add(b"<< /Type /Catalog /Pages 2 0 R >>")
    kids = b" ".join(b"%d 0 R" % (5 + 2 * page) for page in range(pages))
    add(b"<< /Type /Pages /Kids [%s] /Count %d >>" % (kids, pages))
    add(b"<< /Type /Font /Subtype /Type1 /BaseFont /Times-Roman >>")
    for page in range(pages):
        colour = b"0 g" if page else b"0.1 0.3 0.6 rg"
        lines = [b"BT /F1 16 Tf %s 1 0 0 1 72 780 Tm (Report) Tj ET" % colour]
        lines.append(b"BT /F1 10 Tf 0 0 0 rg")
        for line in range(50):
            words = " ".join(rng.choice(WORDS) for _ in range(14)).encode()
            lines.append(b"1 0 0 1 72 %d Tm (%s) Tj" % (750 - line * 14, words))
        content = b"\n".join([*lines, b"ET"])
        add(b"<< /Length %d >>\nstream\n%s\nendstream" % (len(content), content))
        add(
            b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents %d 0 R "
            b"/Resources << /Font << /F1 3 0 R >> >> >>" % (4 + 2 * page)
        )
    start = len(out)
    out.extend(b"xref\n0 %d\n0000000000 65535 f \n" % (len(offsets) + 1))
    out.extend(b"".join(b"%010d 00000 n \n" % offset for offset in offsets))
    out.extend(b"trailer\n<< /Size %d /Root 1 0 R >>\nstartxref\n%d\n%%%%EOF\n" % (len(offsets) + 1, start))
    return head, bytes(out[len(head) :])
