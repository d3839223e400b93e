"""Records with everything that does not matter filled in."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from plantin.core.ids import DeviceId, DocumentId, JobId, QueueId
from plantin.core.model import DeviceRecord, DocumentRecord, JobRecord, QueueMode, QueueRecord, SpoolRef
from plantin.core.states import JobState, Reason
from tests.store.support import T0


def device_record(number: DeviceId, name: str, **changes: Any) -> DeviceRecord:
    return replace(DeviceRecord(number, f"uuid-{name}", name, f"socket://{name}.test", "main"), **changes)


def queue_record(
    number: QueueId,
    name: str,
    devices: Sequence[DeviceId],
    mode: QueueMode = QueueMode.DIRECT,
    **changes: Any,
) -> QueueRecord:
    return replace(QueueRecord(number, f"uuid-{name}", name, mode, tuple(devices)), **changes)


def document_record(job: JobId, number: int = 1) -> DocumentRecord:
    return DocumentRecord(
        id=DocumentId(job * 100 + number),
        job=job,
        number=number,
        format="application/pdf",
        declared_format="",
        name="",
        octets=10,
        sha256=b"",
        spool=SpoolRef("f.d", 0, 10),
        uri="",
        language="",
        attributes=b"",
        created_at=T0,
    )


def job_record(number: JobId, queue: QueueId, state: JobState, **changes: Any) -> JobRecord:
    record = JobRecord(
        id=number,
        uuid=f"uuid-{number}",
        queue=queue,
        device=None,
        assigned=None,
        state=state,
        reasons=(Reason.RELEASE_WAIT if state is JobState.HELD else Reason.QUEUED,),
        message="",
        name=f"job {number}",
        owner="alice",
        owner_proof="claim",
        host="",
        address="127.0.0.1",
        priority=50,
        attributes=b"",
        octets=10,
        documents=1,
        created_at=T0,
        processing_at=0,
        completed_at=0,
        hold_reason="",
        hold_until=0,
        hold_keyword="",
        expires_at=0,
        attempts=0,
        retry_at=0,
        stop_requested="",
        impressions=-1,
        sheets=-1,
        copies=1,
        language="en",
        charset="utf-8",
        frontend="test",
        password="",
        documents_retired_at=0,
        incoming_until=0,
    )
    return replace(record, **changes)
