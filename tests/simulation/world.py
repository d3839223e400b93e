"""One run: a seed makes the site, the people, the devices' moods and the moments of the crashes."""

import asyncio
import contextlib
from dataclasses import replace
from random import Random

from plantin.core.errors import PlantinError, Temporary
from plantin.core.ids import DeviceId, DocumentId, JobId, QueueId
from plantin.core.model import (
    DeviceRecord,
    DocumentRecord,
    JobRecord,
    QueueMode,
    QueueRecord,
    UnknownPolicy,
)
from plantin.core.states import JobEvent, JobState, Reason
from plantin.queue.backoff import Backoff
from plantin.queue.manager import QueueManager
from plantin.queue.settings import QueueSettings
from plantin.spool import MemorySpool
from tests.simulation.devices import SimulatedBackend, SimulatedDevice
from tests.simulation.loop import SimulatedClock, SimulatedLoop
from tests.simulation.memory_store import MemoryStore

SETTINGS = QueueSettings(backoff=Backoff(1.0, max_s=30.0), scan_s=0.5, recover_s=5.0)


class Crash(BaseException):
    """The power went off."""


class World:
    """Everything that survives a crash (store, spool, devices), and the server that does not."""

    def __init__(self, seed: int) -> None:
        self.seed = seed
        self.random = Random(seed)
        self.loop = SimulatedLoop()
        self.clock = SimulatedClock(self.loop)
        self.store = MemoryStore(self.clock)
        self.spool = MemorySpool()
        self.devices: dict[str, SimulatedDevice] = {}
        self.acknowledged: list[JobId] = []
        self.crashes = 0
        self.troubles = 0
        """Times that the store failed, before or after it had written."""
        self.crash_allowed = True
        self._build()

    def _build(self) -> None:
        random = self.random
        for number in range(1, random.randint(1, 4) + 1):
            name = f"d{number}"
            self.devices[name] = SimulatedDevice(name, Random(random.random()), tells=random.random() < 0.5)
            self.store.device_rows[DeviceId(number)] = DeviceRecord(
                DeviceId(number), f"uuid-{name}", name, name, "main"
            )
        for number in range(1, random.randint(1, 4) + 1):
            members = random.sample(list(self.store.device_rows), random.randint(1, len(self.devices)))
            self.store.queue_rows[QueueId(number)] = QueueRecord(
                QueueId(number),
                f"uuid-q{number}",
                f"q{number}",
                random.choice(list(QueueMode)),
                tuple(members),
                unknown_policy=random.choice(list(UnknownPolicy)),
                error_policy=random.choice(["retry-current-job", "retry-job", "abort-job"]),
            )

    # -- running ------------------------------------------------------------------------------------------

    def run(self) -> None:
        """Runs the whole story; raises what the oracle or the system finds wrong."""
        asyncio.set_event_loop(self.loop)
        try:
            self.loop.run_until_complete(self._story())
        finally:
            with contextlib.suppress(RuntimeError):
                self.loop.run_until_complete(self.loop.shutdown_asyncgens())
            self.loop.close()
            asyncio.set_event_loop(None)

    async def _story(self) -> None:
        await self.spool.start()
        self.store.step = self._step
        jobs = self.random.randint(3, 25)
        people = asyncio.create_task(self._people(jobs))
        weather = asyncio.create_task(self._weather())
        self.survivors = {people, weather}
        while not people.done():
            await self._serve_until(people)
        self.crash_allowed = False
        weather.cancel()
        for device in self.devices.values():
            device.up = True
            device.at_peace = True
        await self._settle()
        people.result()

    async def _serve_until(self, people: "asyncio.Task[None]") -> None:
        """One life of the server: until the people are done, or the power goes off."""
        manager = self._manager()
        self.power = asyncio.get_running_loop().create_future()
        life = asyncio.create_task(self._live(manager))
        await asyncio.wait([life, people, self.power], return_when=asyncio.FIRST_COMPLETED)
        if people.done() and not self.power.done():
            await manager.close(1000.0)
        await self._kill(manager, life)

    async def _live(self, manager: QueueManager) -> None:
        try:
            await manager.start()
        except PlantinError:
            return  # the process ends, and whoever watches over it starts another
        await manager.run()

    async def _kill(self, manager: QueueManager, life: "asyncio.Task[None]") -> None:
        """Nothing of the server goes on, not even its finally clauses' writes."""
        self.dead = True
        for timer in manager._later.values():  # a timer of a process that is gone would start a worker of it
            timer.cancel()
        for _ in range(100):
            tasks = asyncio.all_tasks() - self.survivors - {asyncio.current_task()}
            if not tasks:
                break
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
        else:
            raise AssertionError(f"the server can't be killed: {tasks}")
        self.dead = False

    def _manager(self) -> QueueManager:
        backend = SimulatedBackend(self.devices)
        return QueueManager(
            self.store,
            lambda device: backend,
            self.spool,
            self.clock,
            SETTINGS,
            Random(self.random.random()).random,
        )

    dead = False
    survivors: "set[asyncio.Task[None]]"
    power: "asyncio.Future[None]"

    async def _step(self, name: str) -> None:
        """Around every write of the store: time passes, and now and then the power goes off."""
        if self.dead:
            raise asyncio.CancelledError
        await asyncio.sleep(self.random.random() * 0.005)
        if self.crash_allowed and self.random.random() < 0.005:
            self.troubles += 1
            raise Temporary("store-error", f"the database fails {name}")
        if name != "read" and self.crash_allowed and self.random.random() < 0.01:
            self.crashes += 1
            if not self.power.done():
                self.power.set_result(None)
            await asyncio.get_running_loop().create_future()  # never returns: the process is gone

    async def _settle(self) -> None:
        """With devices that are well again, everything that may print prints."""
        manager = self._manager()
        life = asyncio.create_task(self._live(manager))
        deadline = self.loop.time() + 20_000
        while self.loop.time() < deadline:
            await asyncio.sleep(5)
            if life.done():
                life.result()
            if not any(self.may_move(job) for job in self.store.jobs.values()):
                break
        await manager.close(1000.0)
        await self._kill(manager, life)

    def may_move(self, job: JobRecord) -> bool:
        """Nobody is needed for it to go on."""
        if job.state is JobState.PENDING:
            queue = self.store.queue_rows[job.queue]
            wanted = [job.device] if job.device is not None else list(queue.devices)
            members = [self.store.device_rows[one] for one in wanted if one is not None]
            return queue.enabled and any(not one.paused for one in members)
        if job.state is JobState.STOPPED:
            return Reason.SUSPENDED not in job.reasons or self._on_device(job.id)
        return job.state is JobState.PROCESSING

    def _on_device(self, job: JobId) -> bool:
        return any(row.job == job and not row.ended for row in self.store.attempts.values())

    # -- people and weather -------------------------------------------------------------------------------

    async def _people(self, jobs: int) -> None:
        for number in range(1, jobs + 1):
            await asyncio.sleep(self.random.expovariate(1.0))
            await self._print(JobId(number))
            if self.random.random() < 0.2:
                self._meddle()
        for _ in range(40):
            await asyncio.sleep(self.random.random() * 20)
            self._meddle()
            if not any(self.may_move(job) or job.state is JobState.HELD for job in self.store.jobs.values()):
                break

    async def _print(self, job_id: JobId) -> None:
        """Acceptance: the document is safe, then the row is; only then is it acknowledged."""
        queue = self.random.choice(list(self.store.queue_rows.values()))
        data = self.random.randbytes(self.random.choice([10, 1000, 300_000]))
        stored = await self.spool.put(data)
        document = DocumentRecord(
            DocumentId(job_id),
            job_id,
            1,
            "application/octet-stream",
            "",
            "",
            len(data),
            stored.sha256,
            stored.ref,
            "",
            "",
            b"",
            self.clock.now_ms(),
        )
        held = queue.mode is not QueueMode.DIRECT
        state = JobState.HELD if held else JobState.PENDING
        self.store.documents[job_id] = (document,)
        self.store.jobs[job_id] = self._record(job_id, queue.id, state, len(data))
        self.store.record(
            JobEvent.HELD if held else JobEvent.QUEUED, job=job_id, queue=queue.id, state=int(state)
        )
        self.acknowledged.append(job_id)

    def _record(self, job_id: JobId, queue: QueueId, state: JobState, octets: int) -> JobRecord:
        return JobRecord(
            id=job_id,
            uuid=f"job-{job_id}",
            queue=queue,
            device=None,
            assigned=None,
            state=state,
            reasons=(Reason.RELEASE_WAIT if state is JobState.HELD else Reason.QUEUED,),
            message="",
            name=f"job {job_id}",
            owner="alice",
            owner_proof="claim",
            host="",
            address="127.0.0.1",
            priority=self.random.choice([50, 50, 50, 50, 80]),
            attributes=b"",
            octets=octets,
            documents=1,
            created_at=self.clock.now_ms(),
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
            frontend="simulation",
            password="",
            documents_retired_at=0,
            incoming_until=0,
        )

    def _meddle(self) -> None:
        """Somebody releases, cancels, moves, pauses or resumes something."""
        random = self.random
        if random.random() < 0.05:
            row = random.choice(list(self.store.device_rows.values()))
            paused = not row.paused and random.random() < 0.5
            self.store.device_rows[row.id] = replace(row, paused=paused)
            self.store.record("device-changed", device=row.id)
        if random.random() < 0.1:
            queue = random.choice(list(self.store.queue_rows.values()))
            self.store.queue_rows[queue.id] = replace(
                queue, enabled=not queue.enabled or random.random() < 0.5
            )
            self.store.record("queue-state", queue=queue.id)
        job = random.choice(list(self.store.jobs.values()))
        queue = self.store.queue_rows[job.queue]
        with contextlib.suppress(PlantinError):
            if job.state is JobState.HELD and random.random() < 0.8:
                device = random.choice(queue.devices) if queue.mode is QueueMode.FIND_ME else job.device
                self.store.apply(job.id, JobEvent.RELEASED, reasons=(Reason.QUEUED,), device=device)
            elif job.state is JobState.PROCESSING and random.random() < 0.2 and not job.stop_requested:
                self.store.apply(job.id, JobEvent.CANCEL_REQUESTED, stop_requested=Reason.CANCELED_BY_USER)
            elif job.state is JobState.PROCESSING and random.random() < 0.1 and not job.stop_requested:
                suspended = Reason.SUSPENDED
                self.store.apply(job.id, JobEvent.SUSPENDED, stop_requested=suspended, reasons=(suspended,))
            elif job.state is JobState.STOPPED and Reason.SUSPENDED in job.reasons:
                if not self._on_device(job.id):
                    self.store.apply(job.id, JobEvent.RESUMED, reasons=(Reason.QUEUED,))
            elif job.state is JobState.PENDING and random.random() < 0.1:
                self.store.apply(job.id, JobEvent.HELD, reasons=(Reason.HOLD_UNTIL,))
            elif job.state is JobState.PENDING and random.random() < 0.15:
                self.store.apply(job.id, JobEvent.CANCELED, reasons=(Reason.CANCELED_BY_USER,))
            elif job.state is JobState.PENDING and random.random() < 0.15:
                other = random.choice(list(self.store.queue_rows.values()))
                if other.mode is not QueueMode.FIND_ME:
                    self.store.apply(job.id, JobEvent.MOVED, queue=other.id, device=None)

    async def _weather(self) -> None:
        """Devices go off and come back."""
        while True:
            await asyncio.sleep(self.random.expovariate(1 / 20))
            device = self.random.choice(list(self.devices.values()))
            device.up = not device.up or self.random.random() < 0.3
