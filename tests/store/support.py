"""A store with people, queues, devices and jobs in it, in few words."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path
from typing import Any, ParamSpec, TypeVar

from plantin.core.ids import AttemptId, DeviceId, JobId, QueueId, uuid7
from plantin.core.model import (
    Delivered,
    DeviceRecord,
    Hold,
    JobRecord,
    NewDocument,
    NewJob,
    Outcome,
    QueueMode,
    QueueRecord,
    SpoolRef,
    Ticket,
    UnknownPolicy,
)
from plantin.core.ports import Started
from plantin.core.states import JobState, Reason
from plantin.store.access import Store, write_alone
from plantin.store.commands import accept, config, delivery
from plantin.store.commands.jobs import Actor
from plantin.store.database import Baton, DatabaseUrl
from plantin.store.queries import config as config_queries
from plantin.store.queries import jobs as job_queries

P = ParamSpec("P")
R = TypeVar("R")

T0 = 1_700_000_000_000
"""Noon, more or less, in UTC milliseconds."""
ALICE = Actor("alice", T0 + 1)
CLOCK = Actor("the clock", T0)
RELEASE = Hold(Reason.RELEASE_WAIT)


@dataclass
class Database:
    """A database that is open in this process."""

    kind: str
    url: DatabaseUrl
    folder: Path
    baton: Baton
    commits: list[tuple[bool, bool]] = field(default_factory=list)
    """What each commit of :meth:`write` said that it had touched."""

    def write(self, function: Callable[P, R], *args: P.args, **kwargs: P.kwargs) -> R:
        """One unit of work in its transaction."""
        return write_alone(
            self.baton,
            lambda jobs, config: self.commits.append((jobs, config)),
            partial(function, *args, **kwargs),
        )

    def store(self, **options: Any) -> Store:
        """The door, with its threads; close it."""
        return Store(self.baton, **options)

    # -- things -------------------------------------------------------------------------------------------

    def device(self, name: str = "d1", **fields: Any) -> DeviceRecord:
        fields.setdefault("uri", f"socket://{name}.test")
        self.write(config.add_device, name, **fields)
        return config_queries.device(name)

    def queue(
        self, name: str = "q1", devices: Sequence[str] = (), mode: QueueMode = QueueMode.DIRECT, **fields: Any
    ) -> QueueRecord:
        self.write(config.add_queue, name, list(devices), mode=mode, **fields)
        return config_queries.queue(name)

    def site(self) -> QueueRecord:
        """A device d1 and a queue q1 that feeds it."""
        self.device("d1")
        return self.queue("q1", ["d1"])

    def accept(self, *jobs: NewJob) -> list[JobId]:
        """Accepts the jobs in one batch."""
        answers = self.write(accept.accept_batch, jobs)
        for answer in answers:
            if isinstance(answer, Exception):
                raise answer
        return [answer for answer in answers if not isinstance(answer, Exception)]

    def job(self, queue: QueueRecord, **changes: Any) -> JobId:
        """One job, accepted."""
        return self.accept(new_job(queue, **changes))[0]

    def held(self, queue: QueueRecord, **changes: Any) -> JobId:
        return self.job(queue, hold=RELEASE, **changes)

    # -- attempts -----------------------------------------------------------------------------------------

    def start(self, job: JobId, device: DeviceRecord | None = None, at: int = T0 + 10) -> Started | None:
        device = device or config_queries.device("d1")
        record = job_queries.job(job)
        wish = delivery.Start(job, record.queue, device.id, device.name, at)
        (answer,) = self.write(delivery.start_batch, [wish])
        assert not isinstance(answer, Exception)
        return answer

    def started(self, job: JobId, device: DeviceRecord | None = None) -> Ticket:
        """The job is on the device from now on."""
        device = device or config_queries.device("d1")
        started = self.start(job, device)
        assert started is not None
        return ticket_of(started, device)

    def sending(self, attempt: AttemptId, at: int = T0 + 20) -> None:
        self.write(delivery.sending_batch, [(attempt, at)])

    def finish(
        self,
        ticket: Ticket,
        outcome: Outcome = Outcome.COMPLETED,
        *,
        policy: UnknownPolicy = UnknownPolicy.HOLD,
        at: int = T0 + 30,
        retry_at: int = 0,
        **fields: Any,
    ) -> JobState:
        fields.setdefault("reason", "because")
        fields.setdefault("text", f"it was {outcome.value}")
        end = delivery.Finish(
            replace(ticket, unknown_policy=policy), Delivered(outcome, **fields), at, retry_at
        )
        (state,) = self.write(delivery.finish_batch, [end])
        assert isinstance(state, JobState)
        return state

    def printed(self, job: JobId, at: int = T0 + 30) -> None:
        """Through all of it."""
        assert self.finish(self.started(job), at=at) is JobState.COMPLETED


_numbers = iter(range(1, 10**9))


def new_uuid() -> str:
    return uuid7(T0, next(_numbers).to_bytes(10, "big"))


def new_job(queue: QueueRecord | QueueId, **changes: Any) -> NewJob:
    """A job of one document, from alice."""
    fields: dict[str, Any] = {
        "uuid": new_uuid(),
        "queue": queue if isinstance(queue, int) else queue.id,
        "name": "letter",
        "owner": "alice",
        "owner_proof": "claim",
        "host": "desk.test",
        "address": "127.0.0.1",
        "priority": 50,
        "attributes": b"",
        "created_at": T0,
        "documents": (document(),),
    }
    return NewJob(**fields | changes)


def document(number: int = 1, **changes: Any) -> NewDocument:
    fields: dict[str, Any] = {
        "number": number,
        "format": "application/pdf",
        "declared_format": "application/octet-stream",
        "name": f"page {number}",
        "octets": 1000,
        "sha256": b"\x00\xff" * 16,
        "spool": SpoolRef("20231114/22h1/f.b", 4096 * number, 1000),
    }
    return NewDocument(**fields | changes)


def ticket_of(started: Started, device: DeviceRecord) -> Ticket:
    return Ticket(started.job, "q1", started.documents, device, started.attempt)


def kinds(job: JobId) -> list[str]:
    """The words of a job's trail."""
    return [row.kind for row in job_queries.trail(job)]


def state_of(job: JobId) -> JobState:
    return job_queries.job(job).state


def record_of(job: JobId) -> JobRecord:
    return job_queries.job(job)


def device_id(number: int) -> DeviceId:
    return DeviceId(number)
