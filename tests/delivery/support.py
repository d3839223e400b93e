"""What the delivery tests share: tickets, a source, a progress that remembers, a stop, short time limits."""

from __future__ import annotations

import asyncio
import hashlib
import time
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from plantin.core.errors import SpoolDamaged
from plantin.core.ids import AttemptId, DeviceId, DocumentId, JobId, QueueId
from plantin.core.model import DeviceRecord, DocumentRecord, JobRecord, Ticket
from plantin.core.states import JobState
from plantin.delivery import Limits, Surroundings

BRIEF = Limits(
    connect_timeout=5.0,
    progress_timeout=0.4,
    stall_report=0.1,
    linger=0.4,
    answer_timeout=2.0,
    continue_timeout=0.1,
    idle_timeout=5.0,
    poll_first=0.01,
    poll_most=0.05,
    lost_timeout=0.6,
    unfinished_timeout=0.4,
    job_timeout=20.0,
)
PIECE = 64 * 1024


class SystemClock:
    """The real one."""

    def now_ms(self) -> int:
        return time.time_ns() // 1_000_000

    def monotonic(self) -> float:
        return time.monotonic()


def surroundings(*roots: Path, limits: Limits = BRIEF) -> Surroundings:
    return Surroundings(clock=SystemClock(), file_roots=roots, limits=limits)


def device(uri: str, **changes: object) -> DeviceRecord:
    record = DeviceRecord(id=DeviceId(1), uuid="0190-device", name="dev", uri=uri, site="main")
    return replace(record, **changes)  # type: ignore[arg-type]


def document(number: int, data: bytes, document_format: str = "application/pdf") -> DocumentRecord:
    return DocumentRecord(
        id=DocumentId(number),
        job=JobId(7),
        number=number,
        format=document_format,
        declared_format="application/octet-stream",
        name=f"page {number}",
        octets=len(data),
        sha256=hashlib.sha256(data).digest(),
        spool=None,
        uri="",
        language="",
        attributes=b"",
        created_at=0,
    )


def job(name: str = "Annual report.pdf", **changes: object) -> JobRecord:
    now = SystemClock().now_ms()
    record = JobRecord(
        id=JobId(7),
        uuid="01900000-0000-7000-8000-000000000007",
        queue=QueueId(1),
        device=None,
        assigned=DeviceId(1),
        state=JobState.PROCESSING,
        reasons=(),
        message="",
        name=name,
        owner="ada",
        owner_proof="claim",
        host="desk",
        address="127.0.0.1",
        priority=50,
        attributes=b"",
        octets=0,
        documents=1,
        created_at=now,
        processing_at=now,
        completed_at=0,
        hold_reason="",
        hold_until=0,
        hold_keyword="",
        expires_at=0,
        attempts=1,
        retry_at=0,
        stop_requested="",
        impressions=-1,
        sheets=-1,
        copies=1,
        language="en",
        charset="utf-8",
        frontend="ipp",
        password="",
        documents_retired_at=0,
        incoming_until=0,
    )
    return replace(record, **changes)  # type: ignore[arg-type]


def ticket(
    target: DeviceRecord, *documents: bytes, document_format: str = "application/pdf", **changes: object
) -> Ticket:
    return Ticket(
        job=job(**changes),  # type: ignore[arg-type]
        queue_name="q",
        documents=tuple(document(place + 1, data, document_format) for place, data in enumerate(documents)),
        device=target,
        attempt=AttemptId(1),
    )


class MemorySource:
    """Documents held in memory; ``small_max`` decides which are given whole."""

    def __init__(self, *documents: bytes, small_max: int = 256 * 1024, damaged_after: int = -1) -> None:
        self._documents = documents
        self._small_max = small_max
        self._damaged_after = damaged_after
        self.open = 0

    async def small(self, record: DocumentRecord) -> bytes | None:
        data = self._documents[record.number - 1]
        if len(data) > self._small_max:
            return None
        if self._damaged_after >= 0:
            raise SpoolDamaged("the document is not what was stored")
        return data

    async def chunks(self, record: DocumentRecord) -> AsyncIterator[bytes]:
        data = self._documents[record.number - 1]
        self.open += 1
        try:
            for start in range(0, len(data), PIECE):
                if 0 <= self._damaged_after <= start:
                    raise SpoolDamaged("the document is not what was stored")
                await asyncio.sleep(0)
                yield data[start : start + PIECE]
        finally:
            self.open -= 1


class FakeStop:
    """A wish to stop that a test makes."""

    def __init__(self, reason: str = "") -> None:
        self.reason = reason
        self._event = asyncio.Event()
        if reason:
            self._event.set()

    def wish(self, reason: str = "job-canceled-by-user") -> None:
        self.reason = reason
        self._event.set()

    async def wait(self) -> None:
        await self._event.wait()


@dataclass
class FakeProgress:
    """Remembers every report; ``on_sending`` runs inside the awaited call."""

    sendings: int = 0
    device_jobs: list[str] = field(default_factory=list)
    states: list[tuple[int, tuple[str, ...], str]] = field(default_factory=list)
    counts: list[tuple[int, int]] = field(default_factory=list)
    stop_on_sending: FakeStop | None = None
    log: list[str] = field(default_factory=list)

    async def sending(self) -> None:
        await asyncio.sleep(0)
        self.sendings += 1
        self.log.append("sending")
        if self.stop_on_sending is not None:
            self.stop_on_sending.wish()

    async def not_sending(self) -> None:
        await asyncio.sleep(0)
        self.log.append("not_sending")

    async def device_job(self, device_job: str) -> None:
        await asyncio.sleep(0)
        self.device_jobs.append(device_job)
        self.log.append("device_job")

    def device_state(self, state: int, reasons: Sequence[str], message: str) -> None:
        self.states.append((state, tuple(reasons), message))

    def printed(self, impressions: int, sheets: int) -> None:
        self.counts.append((impressions, sheets))

    def reasons(self) -> set[str]:
        """Every reason that was ever passed up."""
        return {reason for _, reasons, _ in self.states for reason in reasons}


async def until(condition: object, limit_s: float = 20.0) -> None:
    """Waits until ``condition()`` is true."""
    assert callable(condition)
    deadline = time.monotonic() + limit_s
    while not condition():
        assert time.monotonic() < deadline, "it never came to be"
        await asyncio.sleep(0.005)
