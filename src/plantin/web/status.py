"""Health (``/health``) and Prometheus metrics (``/metrics``). Reads only; tells nothing of people or jobs."""

import asyncio
import json
import os
from pathlib import Path

from plantin import __version__
from plantin.core.errors import PlantinError
from plantin.frontends.http1 import Request, Response
from plantin.store.access import Store
from plantin.store.queries import status

_TEXT = [("Content-Type", "text/plain; version=0.0.4; charset=utf-8")]
_JSON = [("Content-Type", "application/json")]


class StatusPages:
    """Answers for the web port."""

    def __init__(self, store: Store, spool: Path) -> None:
        self._store = store
        self._spool = spool

    async def handle(self, request: Request) -> Response:
        """A page, or a clear 404/405."""
        if request.method not in ("GET", "HEAD"):
            return Response(405, [("Allow", "GET, HEAD")], b"only GET\n")
        match request.path:
            case "/health" | "/healthz":
                return await self._health()
            case "/metrics":
                return await self._metrics()
            case "/":
                text = f"Plantin {__version__}\n\n/health   is it well?\n/metrics  for Prometheus\n"
                return Response(200, _TEXT, text.encode())
            case _:
                return Response(404, _TEXT, b"not found\n")

    async def _health(self) -> Response:
        try:
            summary = await self._store.read(status.summary)
            free = await asyncio.to_thread(_free_octets, self._spool)
        except (PlantinError, OSError) as error:
            body = {"status": "failing", "reason": str(error)}
            return Response(503, _JSON, json.dumps(body).encode() + b"\n")
        well: dict[str, object] = {
            "status": "ok",
            "version": __version__,
            "queues": summary.queues,
            "devices": summary.devices,
            "devices_in_trouble": summary.devices_in_trouble,
            "open_jobs": summary.open_jobs,
            "spool_free_octets": free,
        }
        return Response(200, _JSON, json.dumps(well).encode() + b"\n")

    async def _metrics(self) -> Response:
        summary = await self._store.read(status.summary)
        free = await asyncio.to_thread(_free_octets, self._spool)
        lines = []
        for name, kind, text, values in (
            ("plantin_queues", "gauge", "Queues.", {"": summary.queues}),
            ("plantin_devices", "gauge", "Devices.", {"": summary.devices}),
            (
                "plantin_devices_in_trouble",
                "gauge",
                "Devices that do not print.",
                {"": summary.devices_in_trouble},
            ),
            ("plantin_jobs_accepted_total", "counter", "Jobs ever accepted.", {"": summary.last_job}),
            ("plantin_attempts_total", "counter", "Attempts ever begun.", {"": summary.last_attempt}),
            ("plantin_events_total", "counter", "Events ever written.", {"": summary.last_event}),
            (
                "plantin_open_jobs",
                "gauge",
                "Unfinished jobs by state.",
                {f'{{state="{state}"}}': count for state, count in summary.open_jobs.items()},
            ),
            ("plantin_spool_free_octets", "gauge", "Free space under the spool.", {"": free}),
        ):
            lines += [f"# HELP {name} {text}", f"# TYPE {name} {kind}"]
            lines += [f"{name}{label} {value}" for label, value in values.items()]
        return Response(200, _TEXT, ("\n".join(lines) + "\n").encode())


def _free_octets(folder: Path) -> int:
    found = os.statvfs(folder)
    return found.f_bavail * found.f_frsize
