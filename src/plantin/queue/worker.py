"""What one device does with its jobs, one after the other: begin, deliver, write down how it ended, go on.

The end of one job and the begin of the next share a transaction where the device is well. A failed attempt
puts the device aside with a reason; before it is tried again it is asked whether it takes connections at
all, so that a device that is off for days costs its jobs one attempt and not thousands.
"""

import asyncio
import contextlib
import logging
from collections.abc import Awaitable, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from plantin.core.errors import PlantinError, SpoolDamaged
from plantin.core.ids import JobId
from plantin.core.model import Delivered, Outcome, QueueRecord, ReadyJob, Ticket, UnknownPolicy
from plantin.core.ports import Interrupted, Reached, Started
from plantin.core.states import JobState, Reason
from plantin.queue.destination import Destination, StopToken
from plantin.queue.progress import AttemptProgress

if TYPE_CHECKING:
    from plantin.queue.manager import QueueManager

log = logging.getLogger("plantin.queue")

IDLE = 3
STOPPED = 5
REACH_S = 0.25
"""How long a device is waited for before its attempt begins."""
OFFLINE = "offline-report"
"""What stands in the device's state when it could not be reached."""


@dataclass(slots=True)
class _Begun:
    """A job on its way to the device: its begin is being written."""

    job: ReadyJob
    stop: StopToken
    reached: Reached | None
    starting: Awaitable[Started | None]


class Worker:
    """Runs the jobs of one device; made anew whenever the device has work."""

    def __init__(self, manager: "QueueManager") -> None:
        self._m = manager
        self._way: Reached | None = None
        """What was opened to the device and is not closed yet: one at a time, many devices take no second."""

    async def run(self, destination: Destination) -> None:
        """Takes jobs until there are none, the device is paused or gone, or the manager closes."""
        try:
            await self._run(destination)
        finally:
            self._let_go()

    async def _run(self, destination: Destination) -> None:
        begun: _Begun | None = None
        while True:
            if begun is None:
                while destination.cuts and not self._m.closing:
                    await self.recover(destination, destination.cuts[0])
                if not await self._available(destination):
                    return
                begun = await self._begin_next(destination)
                if begun is None:
                    return
            started = await self._started(begun.job, begun.starting, destination)
            if started is None:
                self._let_go()
                begun = None
            else:
                begun = await self._attempt(begun, started, destination)

    async def recover(self, destination: Destination, cut: Interrupted) -> None:
        """Settles an attempt that a crash cut off (law 3): free to go again, or what the device says."""
        ticket = self._ticket(cut.started, destination)
        stop = StopToken()
        self._begin(ticket.job.id, destination, stop)
        if not cut.sending:
            text = "the server stopped before the first byte left"
            delivered = Delivered(Outcome.TEMPORARY, "server-stopped", text)
        else:
            answer = await self._ask_device(ticket, cut.device_job, stop, destination)
            if answer is None:  # closing: the next start asks again
                self._m.end(ticket.job.id, destination)
                return
            delivered = answer
        state = await self._finish(ticket, delivered)
        destination.cuts.remove(cut)
        told = self._m.end(ticket.job.id, destination)
        if state is JobState.PENDING and not told:
            job = ticket.job
            self._m.give_back(ReadyJob(job.id, job.queue, job.device, job.priority, cut.rank))

    async def _ask_device(
        self, ticket: Ticket, device_job: str, stop: StopToken, destination: Destination
    ) -> Delivered | None:
        while not self._m.closing:
            destination.recheck.clear()
            try:
                backend = self._m.backends(ticket.device)
                delivered = await backend.recover(ticket, device_job)
            except PlantinError as error:
                return Delivered(Outcome.UNKNOWN, error.reason, error.text)
            if delivered is not None:
                return delivered
            if stop.reason:
                return Delivered(
                    Outcome.CANCELED, stop.reason, "canceled while its device could not be asked"
                )
            waits = [asyncio.ensure_future(event.wait()) for event in (stop, destination.recheck)]
            try:
                await asyncio.wait(
                    waits, timeout=self._m.settings.recover_s, return_when=asyncio.FIRST_COMPLETED
                )
            finally:
                for wait in waits:
                    wait.cancel()
        return None

    # -- one attempt --------------------------------------------------------------------------------------

    async def _begin_next(self, destination: Destination) -> _Begun | None:
        """Takes the next job, reaches the device and has the begin of the attempt written."""
        job = await self._next(destination)
        if job is None:
            return None
        stop = StopToken()
        # A device that does not answer at once is left to the attempt, which says what is wrong with it.
        try:
            backend = self._m.backends(destination.device)
            self._way = await backend.reach(destination.device, stop, REACH_S)
        except Exception:  # a defect of ours; the attempt comes to it as well, and writes it down
            log.exception("device %s could not be reached", destination.device.name)
        starting = self._m.store.start(job, destination.device, sending=self._way is not None)
        return _Begun(job, stop, self._way, starting)

    def _let_go(self) -> None:
        if self._way is not None:
            self._way.close()
            self._way = None

    async def _next(self, destination: Destination) -> ReadyJob | None:
        while not self._m.closing and not destination.gone:
            try:
                return await self._m.next_job(destination)
            except PlantinError as error:  # the database is in trouble, not the device
                log.error("the jobs for %s could not be read: %s", destination.device.name, error)
                await asyncio.sleep(self._m.settings.scan_s)
        return None

    async def _started(
        self, job: ReadyJob, starting: Awaitable[Started | None], destination: Destination
    ) -> Started | None:
        failed = False
        try:
            started = await starting
        except PlantinError as error:  # the database is in trouble: the job stays, the device waits
            log.error("job %s could not be started on %s: %s", job.id, destination.device.name, error)
            failed = True
            started = None
            await asyncio.sleep(self._m.settings.scan_s)
        if started is None:
            begun = await self._begun_after_all(job, destination)
            self._m.not_begun(job.id)
            if failed and not begun:
                self._m.give_back(job)
        return started

    async def _begun_after_all(self, job: ReadyJob, destination: Destination) -> bool:
        """Whether the store took the beginning and could not say so. Then it is settled as an attempt that a
        crash cut off, before anything else goes to the device."""
        while not self._m.closing:
            try:
                cuts = await self._m.store.interrupted(destination.device.id)
            except PlantinError as error:
                log.error("the attempts on %s could not be read: %s", destination.device.name, error)
                await asyncio.sleep(self._m.settings.scan_s)
                continue
            begun = [cut for cut in cuts if cut.started.job.id == job.id]
            destination.cuts += begun
            return bool(begun)
        return False

    async def _attempt(self, begun: _Begun, started: Started, destination: Destination) -> _Begun | None:
        """Delivers one job. Returns the next one, already being started, when the device is well."""
        ticket = self._ticket(started, destination)
        job, stop = begun.job, begun.stop
        self._begin(job.id, destination, stop)
        if started.job.stop_requested:
            stop.set(started.job.stop_requested)
        progress = AttemptProgress(self._m.store, ticket, sending=begun.reached is not None)
        delivered = await self._deliver(ticket, progress, stop, begun.reached)
        self._let_go()
        await progress.settled()
        delivered = progress.completed(delivered)
        well = delivered.outcome in (Outcome.COMPLETED, Outcome.CANCELED, Outcome.PERMANENT)
        if delivered.outcome is Outcome.COMPLETED or (well and progress.is_sending):
            await self._well_again(destination)
        delivered = self._by_policy(delivered, self._m.queues.get(ticket.job.queue))
        wait_s = 0.0
        if delivered.outcome is Outcome.TEMPORARY:
            wait_s = self._put_aside(destination, delivered)
        finishing = asyncio.ensure_future(self._finish(ticket, delivered, wait_s))
        following = None
        if well and not destination.failures:
            following = await self._begin_next(destination)
        state = await finishing
        told = self._m.end(job.id, destination)
        if state is JobState.PENDING and not told:
            self._wait_again(job, wait_s)
        if delivered.outcome is Outcome.TEMPORARY:
            await self._report(destination, delivered)
        return following

    async def _deliver(
        self, ticket: Ticket, progress: AttemptProgress, stop: StopToken, reached: Reached | None
    ) -> Delivered:
        if stop.reason:
            return Delivered(Outcome.CANCELED, stop.reason, "canceled before it was sent")
        try:
            backend = self._m.backends(ticket.device)
            return await backend.deliver(ticket, self._m.source, progress, stop, reached)
        except SpoolDamaged as error:
            await self._m.damaged(ticket, error)
            outcome = Outcome.UNKNOWN if progress.is_sending else Outcome.PERMANENT
            return Delivered(outcome, Reason.ACCESS_ERROR, error.text)
        except PlantinError as error:
            outcome = Outcome.UNKNOWN if progress.is_sending else Outcome.TEMPORARY
            return Delivered(outcome, error.reason, error.text)
        except Exception as error:  # a defect of ours: the job must not be lost, nor printed twice in silence
            log.exception("job %s: the backend failed", ticket.job.id)
            outcome = Outcome.UNKNOWN if progress.is_sending else Outcome.TEMPORARY
            return Delivered(outcome, "internal-error", f"{type(error).__name__}: {error}")

    async def _finish(self, ticket: Ticket, delivered: Delivered, wait_s: float = 0.0) -> JobState:
        """Writes the outcome. Paper may be out, so this is tried until the store takes it."""
        retry_at = self._m.clock.now_ms() + int(wait_s * 1000) if wait_s else 0
        while True:
            try:
                return await self._m.store.finish(ticket, delivered, retry_at)
            except PlantinError as error:
                log.error("the outcome of job %s could not be written: %s", ticket.job.id, error)
                await asyncio.sleep(self._m.settings.scan_s)

    def _ticket(self, started: Started, destination: Destination) -> Ticket:
        queue = self._m.queues.get(started.job.queue)
        return Ticket(
            started.job,
            queue.name if queue else "",
            started.documents,
            destination.device,
            started.attempt,
            queue.unknown_policy if queue else UnknownPolicy.HOLD,
        )

    def _begin(self, job: JobId, destination: Destination, stop: StopToken) -> None:
        destination.stop = stop
        self._m.begin(job, destination)

    @staticmethod
    def _by_policy(delivered: Delivered, queue: QueueRecord | None) -> Delivered:
        if delivered.outcome is Outcome.TEMPORARY and queue is not None and queue.error_policy == "abort-job":
            return replace(delivered, outcome=Outcome.PERMANENT)
        return delivered

    # -- a device in trouble ------------------------------------------------------------------------------

    def _put_aside(self, destination: Destination, delivered: Delivered) -> float:
        """Leaves the device alone for a time; how long, in seconds."""
        destination.failures += 1
        destination.trouble = delivered.text
        wait_s = self._m.settings.backoff.wait_s(
            destination.failures, delivered.retry_after_s, self._m.chance()
        )
        destination.retry_at = self._m.clock.monotonic() + wait_s
        return wait_s

    def _wait_again(self, job: ReadyJob, wait_s: float) -> None:
        queue = self._m.queues.get(job.queue)
        if queue is not None and queue.error_policy == "retry-job" and wait_s:
            self._m.give_back_later(job, wait_s)
        else:
            self._m.give_back(job)

    async def _available(self, destination: Destination) -> bool:
        """Waits until a device in trouble takes connections again. False when there is no work any more."""
        while destination.failures:
            wait_s = destination.retry_at - self._m.clock.monotonic()
            if wait_s > 0:
                destination.recheck.clear()
                with contextlib.suppress(TimeoutError):
                    await asyncio.wait_for(destination.recheck.wait(), wait_s)
            if self._m.closing or not self._m.has_work(destination):
                return False
            trouble = await self._probe(destination)
            if trouble is None:
                return True
            self._put_aside(destination, trouble)
            await self._report(destination, trouble)
        return True

    async def _probe(self, destination: Destination) -> Delivered | None:
        try:
            trouble = await self._m.backends(destination.device).probe(destination.device)
        except PlantinError as error:
            trouble = error.reason, error.text
        except Exception as error:
            log.exception("device %s could not be asked", destination.device.name)
            trouble = "internal-error", f"{type(error).__name__}: {error}"
        return None if trouble is None else Delivered(Outcome.TEMPORARY, *trouble)

    async def _report(self, destination: Destination, delivered: Delivered) -> None:
        reasons = delivered.device_reasons or (OFFLINE,)
        await self._device_state(destination, STOPPED, reasons, delivered.text)

    async def _well_again(self, destination: Destination) -> None:
        if not destination.failures and OFFLINE not in destination.device.state_reasons:
            return
        destination.failures = 0
        destination.trouble = ""
        await self._device_state(destination, IDLE, ("none",), "")

    async def _device_state(
        self, destination: Destination, state: int, reasons: Sequence[str], text: str
    ) -> None:
        device = destination.device
        if (device.state, device.state_reasons, device.state_message) == (state, tuple(reasons), text):
            return
        try:
            await self._m.store.device_state(device.id, state, reasons, text)
        except PlantinError as error:  # it is a report; the next one comes
            log.warning("the state of device %s could not be written: %s", device.name, error)
            return
        destination.device = replace(
            destination.device, state=state, state_reasons=tuple(reasons), state_message=text
        )
