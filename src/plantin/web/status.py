"""Health (``/health``) and Prometheus metrics (``/metrics``, text format 0.0.4). Reads only; tells nothing of
people or jobs, and costs the same whatever the history is.

``/health`` is 200 while the store can be read, the spool is there, and the processes that accept and deliver
live; else 503 with the reason. A device in trouble is no illness of the server: it is a number.
"""

import asyncio
import json
import os
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Final, NamedTuple

from plantin import __version__
from plantin.core.errors import PlantinError, Temporary
from plantin.frontends.http1 import Request, Response
from plantin.store.access import Store
from plantin.store.hints import listens
from plantin.store.queries import status

_PLAIN: Final = [("Content-Type", "text/plain; charset=utf-8"), ("Cache-Control", "no-store")]
_METRICS: Final = [
    ("Content-Type", "text/plain; version=0.0.4; charset=utf-8"),
    ("Cache-Control", "no-store"),
]
_JSON: Final = [("Content-Type", "application/json"), ("Cache-Control", "no-store")]
PARTS: Final = ("frontend", "queue")
"""The processes that a server always has, by the names under which they listen to hints."""
INDEX: Final = f"Plantin {__version__}\n\n/health   is it well?\n/metrics  for Prometheus\n"


class Metric(NamedTuple):
    """One metric with its samples: labels (as they are written) -> value."""

    name: str
    kind: str
    help: str
    samples: Mapping[str, float]


class StatusPages:
    """Answers for the web port."""

    def __init__(self, store: Store, spool: Path, run: Path, parts: Sequence[str] = PARTS) -> None:
        """
        Args:
            spool: the folder of the documents.
            run: where the processes listen to hints.
            parts: the processes that must live.
        """
        self._store = store
        self._spool = spool
        self._run = run
        self._names = parts

    async def handle(self, request: Request) -> Response:
        """A page, or a clear 404 or 405."""
        if request.method not in ("GET", "HEAD"):
            return Response(405, [("Allow", "GET, HEAD"), *_PLAIN], b"only GET and HEAD\n")
        match request.path:
            case "/health" | "/healthz":
                return await self._health()
            case "/metrics":
                return await self._metrics()
            case "/":
                return Response(200, _PLAIN, INDEX.encode())
            case _:
                return Response(404, _PLAIN, b"there is no such page; see /\n")

    async def _health(self) -> Response:
        parts = self._parts()
        try:
            summary = await self._store.read(status.summary)
            free = await asyncio.to_thread(_free_octets, self._spool)
            missing = [name for name, runs in parts.items() if not runs]
            if missing:
                raise Temporary("part-missing", f"a part does not run: {', '.join(missing)}")
        except (PlantinError, OSError) as error:
            reason = f"the spool: {error.strerror}" if isinstance(error, OSError) else str(error)
            body: dict[str, object] = {"status": "failing", "reason": reason, "version": __version__}
            return Response(503, _JSON, _dumped(body | {"parts": parts}))
        well: dict[str, object] = {
            "status": "ok",
            "version": __version__,
            "parts": parts,
            "queues": summary.queues,
            "devices": summary.devices,
            "devices_in_trouble": summary.devices_in_trouble,
            "open_jobs": summary.open_jobs,
            "spool_free_octets": free,
        }
        return Response(200, _JSON, _dumped(well))

    def _parts(self) -> dict[str, bool]:
        return {name: listens(self._run, name) for name in self._names}

    async def _metrics(self) -> Response:
        try:
            summary = await self._store.read(status.summary)
            free = await asyncio.to_thread(_free_octets, self._spool)
        except (PlantinError, OSError) as error:
            return Response(503, _PLAIN, f"{error}\n".encode())
        metrics = _all_metrics(summary, free, self._parts())
        return Response(200, _METRICS, "".join(line for one in metrics for line in _lines(one)).encode())


def _dumped(value: object) -> bytes:
    return json.dumps(value).encode() + b"\n"


def _all_metrics(summary: status.Summary, free: int, parts: Mapping[str, bool]) -> list[Metric]:
    return [
        Metric("plantin_info", "gauge", "The running release.", {f'version="{__version__}"': 1}),
        Metric(
            "plantin_part_up",
            "gauge",
            "Whether a process of the server lives.",
            {f'part="{name}"': int(runs) for name, runs in parts.items()},
        ),
        Metric("plantin_queues", "gauge", "Queues.", {"": summary.queues}),
        Metric("plantin_devices", "gauge", "Devices.", {"": summary.devices}),
        Metric(
            "plantin_devices_in_trouble",
            "gauge",
            "Devices that do not print.",
            {"": summary.devices_in_trouble},
        ),
        Metric("plantin_jobs_accepted_total", "counter", "Jobs ever accepted.", {"": summary.last_job}),
        Metric("plantin_attempts_total", "counter", "Attempts ever begun.", {"": summary.last_attempt}),
        Metric("plantin_events_total", "counter", "Events ever written.", {"": summary.last_event}),
        Metric(
            "plantin_open_jobs",
            "gauge",
            "Jobs that have not ended, by state.",
            {f'state="{state}"': count for state, count in summary.open_jobs.items()},
        ),
        Metric("plantin_spool_free_octets", "gauge", "Free space under the spool.", {"": free}),
    ]


def _lines(metric: Metric) -> Iterator[str]:
    yield f"# HELP {metric.name} {metric.help}\n"
    yield f"# TYPE {metric.name} {metric.kind}\n"
    for labels, value in metric.samples.items():
        yield f"{metric.name}{f'{{{labels}}}' if labels else ''} {value}\n"


def _free_octets(folder: Path) -> int:
    found = os.statvfs(folder)
    return found.f_bavail * found.f_frsize
