"""The queue manager itself: follows the event log, fills the lanes, gives every device its worker.

It promises: jobs of one device go out in order (priority, then rank) one at a time; one device never delays
another; a job that may have printed is never sent again in silence; whatever a device does, the job's next
state has a reason. It never holds more than a bounded number of jobs per lane in memory.

Concurrency: everything here runs on one loop. The store decides who gets a job (``start`` answers None when
it is not to be had), so a stale lane is harmless: the worker drops the job and goes on.
"""

import asyncio
import contextlib
import logging
import random
from collections.abc import Awaitable, Callable, Coroutine, Mapping, Sequence

from plantin.core.clock import Clock
from plantin.core.errors import SpoolDamaged
from plantin.core.ids import AttemptId, DeviceId, JobId, QueueId
from plantin.core.limits import ACTIVE_JOBS_PER_DEVICE
from plantin.core.model import DeviceRecord, QueueMode, QueueRecord, ReadyJob, Ticket
from plantin.core.ports import Backend, DocumentSource, Interrupted, Lane, QueueStore
from plantin.queue.destination import Destination
from plantin.queue.lanes import Lanes
from plantin.queue.settings import QueueSettings
from plantin.queue.worker import Worker

log = logging.getLogger("plantin.queue")

STOPPED = 5
"""printer-state of a device that does not print."""


class QueueManager:
    """Moves jobs from the store to devices.

    Args:
        store: the durable state.
        backends: the backend for a device (by the scheme of its URI).
        source: the documents at rest.
        chance: random numbers in [0, 1) for the jitter; a simulation hands in a seeded one.
        damaged: told when a document at rest is not what was stored.
    """

    def __init__(
        self,
        store: QueueStore,
        backends: Callable[[DeviceRecord], Backend],
        source: DocumentSource,
        clock: Clock,
        settings: QueueSettings | None = None,
        chance: Callable[[], float] = random.random,
        damaged: Callable[[Ticket, SpoolDamaged], Awaitable[None]] | None = None,
    ) -> None:
        self.store = store
        self.backends = backends
        self.source = source
        self.clock = clock
        self.settings = settings or QueueSettings()
        self.chance = chance
        self._damaged = damaged
        self.lanes = Lanes()
        self.queues: dict[QueueId, QueueRecord] = {}
        self.destinations: dict[DeviceId, Destination] = {}
        self._running: dict[JobId, Destination] = {}
        self._starting: dict[JobId, str] = {}
        """Jobs on their way from a lane to a device, and the wish to stop that came meanwhile."""
        self._news: dict[JobId, ReadyJob] = {}
        """Where jobs wait that the log calls ready while their attempt is still being put away."""
        self._later: dict[JobId, asyncio.TimerHandle] = {}
        """Jobs that let others go first after a failure (retry-job)."""
        self._abandoned: set[AttemptId] | None = None
        """Attempts that nobody worked at when last looked; None while there is no reason to look."""
        self._fills: dict[Lane, asyncio.Task[None]] = {}
        self._position = 0
        self._looked_at = 0.0
        self._hint = asyncio.Event()
        self._closing = False
        self._side: set[asyncio.Task[None]] = set()

    # -- life ---------------------------------------------------------------------------------------------

    async def start(self) -> None:
        """Loads the configuration, resolves what a crash cut off, and fills the lanes."""
        self._position = await self.store.position()
        for device in await self.store.devices():
            self._add_device(device)
        for queue in await self.store.queues():
            self._add_queue(queue)
        cut_off = self._cut_off(await self.store.interrupted())
        await self.scan()  # before anybody works: a lane in which a job stands passes for a whole one
        for destination in cut_off:
            self._wake(destination)

    async def run(self) -> None:
        """Follows the event log until :meth:`close`."""
        self._spawn(self._clockwork(), "queue-clock")
        while not self._closing:
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._hint.wait(), self.settings.scan_s)
            await asyncio.sleep(self._looked_at + self.settings.gather_s - self.clock.monotonic())
            self._hint.clear()  # before the look: a hint that comes while we read asks for another look
            try:
                while await self.look():
                    pass
                self._looked_at = self.clock.monotonic()
            except Exception:  # a failing database must not end the manager; the next look tries again
                log.exception("the event log could not be read")
                await asyncio.sleep(self.settings.scan_s)

    def hint(self) -> None:
        """Something happened: look at the event log now."""
        self._hint.set()

    async def close(self, timeout_s: float = 30.0) -> None:
        """Lets running attempts end (for at most ``timeout_s`` seconds) and begins no other."""
        self._closing = True
        self._hint.set()
        workers = []
        for destination in self.destinations.values():
            destination.gone = True
            destination.recheck.set()
            if destination.worker is not None:
                workers.append(destination.worker)
        if workers:
            _, late = await asyncio.wait(workers, timeout=timeout_s)
            for task in late:
                task.cancel()
            await asyncio.gather(*late, return_exceptions=True)
        side = [*self._side, *self._fills.values()]
        for task in side:
            task.cancel()
        await asyncio.gather(*side, return_exceptions=True)

    @property
    def closing(self) -> bool:
        return self._closing

    def busy(self) -> int:
        """How many devices have a worker."""
        return sum(destination.worker is not None for destination in self.destinations.values())

    async def scan(self) -> None:
        """Looks for work that no event told of; the law that a hint is only a hint stands on this."""
        if self._abandoned is not None:
            await self._adopt()
        for lane in await self.store.lanes():
            if not len(self.lanes[lane]):
                self.lanes.more(lane)
            self._kick(lane)

    # -- the event log ------------------------------------------------------------------------------------

    async def look(self) -> bool:
        """Reads what happened since the last look. True if there is more to be read at once."""
        feed = await self.store.feed(self._position, self.settings.feed_rows)
        if feed.queues or feed.devices:
            await self._reload(feed.queues, feed.devices)
        self._position = feed.position  # not before: if the store failed just now, all of it is read again
        for job in feed.gone:
            self.lanes.remove(job)
            self._no_longer_later(job)
        for job, reason in feed.stops:
            destination = self._running.get(job)
            if destination is not None and destination.stop is not None:
                destination.stop.set(reason)
            elif job in self._starting:
                self._starting[job] = reason
        touched: dict[Lane, None] = {}  # a set of them would have another order in each process
        for ready in feed.ready:
            if ready.id in self._running:
                self._news[ready.id] = ready
            else:
                self._no_longer_later(ready.id)
                touched[self.lanes.add(ready)] = None
        for lane in touched:
            self._kick(lane)
        return feed.more

    async def _reload(self, queues: frozenset[QueueId], devices: frozenset[DeviceId]) -> None:
        found = await self.store.devices(sorted(devices))
        for device in found:
            self._add_device(device)
        for device_id in devices - {device.id for device in found}:
            destination = self.destinations.pop(device_id, None)
            if destination is not None:
                destination.gone = True
                destination.recheck.set()
        known = await self.store.queues(sorted(queues))
        for queue in known:
            self._add_queue(queue)
        for queue_id in queues - {queue.id for queue in known}:
            self.queues.pop(queue_id, None)
        for queue in known:
            for lane in self.lanes.of_queue(queue.id):
                self._kick(lane)
        for device in found:
            self._wake(self.destinations[device.id])

    def _add_device(self, device: DeviceRecord) -> None:
        destination = self.destinations.get(device.id)
        if destination is None:
            self.destinations[device.id] = Destination(device)
            return
        before, destination.device = destination.device, device
        recovered = before.state == STOPPED and device.state != STOPPED
        if recovered or (before.uri, before.options) != (device.uri, device.options):
            destination.recheck.set()

    def _add_queue(self, queue: QueueRecord) -> None:
        self.queues[queue.id] = queue

    # -- who works ----------------------------------------------------------------------------------------

    def _kick(self, lane: Lane) -> None:
        """A lane has work: offer it to every device that may take it, and wake those that are idle."""
        key = self.lanes[lane].key
        if key is None:
            return
        if lane.device is not None:
            destination = self.destinations.get(lane.device)
            if destination is not None:
                destination.offers.offer(lane, key)
                self._wake(destination)
            return
        queue = self.queues.get(lane.queue)
        if queue is None or queue.mode is QueueMode.FIND_ME:
            return
        members = [self.destinations[one] for one in queue.devices if one in self.destinations]
        for destination in members:
            destination.offers.offer(lane, key)
        if len(members) > 1:  # a pool: as many idle members as there are jobs, those without trouble first
            members.sort(key=lambda one: (one.worker is not None, one.failures))
            if not self.lanes[lane].more:
                members = members[: max(1, len(self.lanes[lane]))]
        for destination in members:
            self._wake(destination)

    def _wake(self, destination: Destination) -> None:
        if destination.worker is None and not self._closing and not destination.gone:
            destination.worker = asyncio.create_task(
                self._work(destination), name=f"device {destination.device.name}"
            )

    async def _work(self, destination: Destination) -> None:
        try:
            await Worker(self).run(destination)
        except Exception:  # a defect in one worker must not stop the device for good
            log.exception("the worker of device %s failed", destination.device.name)
            self.suspect()
            destination.recheck.clear()
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(destination.recheck.wait(), self.settings.backoff.max_s)
        finally:
            destination.worker = None
            if destination.running is not None:
                self.end(destination.running, destination)
        if self.has_work(destination):
            self._wake(destination)

    def has_work(self, destination: Destination) -> bool:
        """Whether jobs wait that the device may take now."""
        if destination.cuts:
            return True
        return not destination.device.paused and not destination.gone and self._best(destination) is not None

    async def next_job(self, destination: Destination) -> ReadyJob | None:
        """The best job that the device may take now, taken out of its lane; None when there is none."""
        while not destination.gone and not destination.device.paused:
            lane = self._best(destination)
            if lane is None:
                return None
            jobs = self.lanes[lane]
            if jobs.head is None:
                await self._refill(lane)
                continue
            job = self.lanes.take(lane)
            destination.offers.drop()
            if jobs.key is not None:
                destination.offers.offer(lane, jobs.key)
            self._starting[job.id] = ""
            return job
        return None

    def _best(self, destination: Destination) -> Lane | None:
        """The lane at the top of the device's offers, once what is no longer true has gone from there."""
        while (top := destination.offers.top()) is not None:
            offered, lane = top
            key = self.lanes[lane].key if self._may_take(destination, lane) else None
            if key == offered:
                return lane
            destination.offers.drop()
            if key is not None:
                destination.offers.offer(lane, key)
        return None

    def _may_take(self, destination: Destination, lane: Lane) -> bool:
        queue = self.queues.get(lane.queue)
        if queue is None or not queue.enabled or queue.shutdown or queue.deactivated:
            return False  # it is offered again when its queue changes
        if lane.device is not None:
            return lane.device == destination.device.id
        return queue.mode is not QueueMode.FIND_ME and destination.device.id in queue.devices

    async def _refill(self, lane: Lane) -> None:
        """Reads the best jobs of a lane; members of a pool that ask at the same time share one reading."""
        reading = self._fills.get(lane)
        if reading is None:
            reading = self._fills[lane] = asyncio.create_task(self._fill(lane), name="fill a lane")
        await asyncio.shield(reading)

    async def _fill(self, lane: Lane) -> None:
        jobs = self.lanes[lane]
        jobs.filling = True
        try:
            found = list(await self.store.ready(lane, ACTIVE_JOBS_PER_DEVICE))
        except BaseException:
            jobs.not_filled()
            raise
        finally:
            self._fills.pop(lane, None)
        complete = len(found) < ACTIVE_JOBS_PER_DEVICE
        self.lanes.refill(lane, [job for job in found if job.id not in self._running], complete=complete)

    def begin(self, job: JobId, destination: Destination) -> None:
        """An attempt of ``job`` runs on the device from now on."""
        self._running[job] = destination
        destination.running = job
        wish = self._starting.pop(job, "")
        if wish and destination.stop is not None:
            destination.stop.set(wish)

    def not_begun(self, job: JobId) -> None:
        """A job that a device took out of its lane was not to be had."""
        self._starting.pop(job, None)

    def suspect(self) -> None:
        """Something went wrong with an attempt: the next scans look for some that nobody works at."""
        if self._abandoned is None:
            self._abandoned = set()

    def end(self, job: JobId, destination: Destination) -> bool:
        """The attempt is over. True if the log told meanwhile where the job waits now: it is there."""
        self._running.pop(job, None)
        if destination.running == job:
            destination.running = None
        news = self._news.pop(job, None)
        if news is not None:
            self._kick(self.lanes.add(news))
        return news is not None

    @property
    def running(self) -> Mapping[JobId, Destination]:
        return self._running

    async def damaged(self, ticket: Ticket, error: SpoolDamaged) -> None:
        """A document of the job is damaged at rest."""
        log.error("job %s: %s", ticket.job.id, error)
        if self._damaged is not None:
            await self._damaged(ticket, error)

    def give_back(self, job: ReadyJob) -> None:
        """A job that waits again: into its lane, and another member of its pool may have it at once."""
        self._later.pop(job.id, None)
        if job.id not in self._running:
            self._kick(self.lanes.add(job))

    def give_back_later(self, job: ReadyJob, wait_s: float) -> None:
        """As :meth:`give_back`, once others had their turn, unless the log tells of the job before."""
        self._later[job.id] = asyncio.get_running_loop().call_later(wait_s, self.give_back, job)

    def _no_longer_later(self, job: JobId) -> None:
        timer = self._later.pop(job, None)
        if timer is not None:
            timer.cancel()

    # -- side tasks ---------------------------------------------------------------------------------------

    def _cut_off(self, interrupted: Sequence[Interrupted]) -> list[Destination]:
        """Leaves attempts without an end to the workers of their devices, which are returned."""
        # Nothing else goes to a device before all that was interrupted on it is settled. What had not begun
        # to be sent comes first: it may go to another device of its pool while this one cannot be asked.
        found = []
        for cut in sorted(interrupted, key=lambda cut: cut.sending):
            destination = self.destinations.get(cut.device)
            if destination is None:
                log.error("job %s was interrupted on a device that is gone", cut.started.job.id)
                continue
            destination.cuts.append(cut)
            found.append(destination)
        return found

    async def _adopt(self) -> None:
        """Attempts that are open in the store and that nobody works at, twice in a row, were cut off: the
        store took the beginning and could not say so, or a worker failed."""
        known = {cut.started.attempt for one in self.destinations.values() for cut in one.cuts}
        orphans = {
            cut.started.attempt: cut
            for cut in await self.store.interrupted()
            if cut.started.job.id not in self._running
            and cut.started.job.id not in self._starting
            and cut.started.attempt not in known
        }
        seen_before = self._abandoned or set()
        for destination in self._cut_off([orphans[one] for one in orphans.keys() & seen_before]):
            self._wake(destination)
        left = orphans.keys() - seen_before
        self._abandoned = set(left) if left else None

    async def _clockwork(self) -> None:
        rounds = 0
        while True:
            rounds += 1
            try:
                await self.store.due()
                if rounds % self.settings.rounds_per_scan == 0:
                    await self.scan()
            except Exception:
                log.exception("time could not act on waiting jobs")
            await asyncio.sleep(self.settings.due_s)

    def _spawn(self, work: Coroutine[None, None, None], name: str) -> None:
        task = asyncio.create_task(work, name=name)
        self._side.add(task)
        task.add_done_callback(self._side.discard)
