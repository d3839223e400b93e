"""A job that the device has: looked at until it ends, found again after a loss, canceled on request.

Promises to look with growing pauses, to pass up what the device says of itself, to go on through a device
that is away for a while, and to say UNKNOWN where nobody can tell. RFC 8011 sections 4.2.5, 4.3.3, 4.3.4,
5.3.7.
"""

import asyncio
from typing import Final

from plantin.core.clock import Clock
from plantin.core.model import Delivered, Ticket
from plantin.core.ports import Progress
from plantin.delivery import outcome
from plantin.delivery.http import Lost
from plantin.delivery.ipp.jobs import (
    REQUESTED,
    DeviceJob,
    JobView,
    ended,
    find,
    had_all,
    keywords,
    same,
    sentence,
)
from plantin.delivery.ipp.link import HttpRefused, IppLink
from plantin.delivery.ipp.refusals import IppRefused
from plantin.delivery.outcome import Unreachable
from plantin.delivery.watch import Stopped, StopWatch
from plantin.ipp import JobState, Operation, PrinterState, Tag, attributes

PRINTER_REQUESTED: Final = (
    "printer-state",
    "printer-state-reasons",
    "printer-state-message",
    "printer-is-accepting-jobs",
    "queued-job-count",
)
JOBS_SCANNED_MAX: Final = 500
_GROWTH: Final = 1.6


class JobGone(Exception):
    """The device does not know the job any more, nor one that could be it."""


class Follower:
    """Follows the jobs of one attempt on one device."""

    def __init__(
        self, link: IppLink, ticket: Ticket, progress: Progress | None, clock: Clock, watch: StopWatch
    ) -> None:
        self._link = link
        self._ticket = ticket
        self._progress = progress
        self._clock = clock
        self._watch = watch
        self._told: tuple[int, tuple[str, ...], str] = (0, (), "")
        self._counts = (-1, -1)
        self.octets = 0
        """Of all documents of the job, as sent; stands in every outcome."""

    async def follow(self, job: DeviceJob, *, whole: bool) -> Delivered:
        """Until the device has ended ``job``.

        Args:
            whole: the device is known to have every octet.
        """
        try:
            return await self._follow(job, whole)
        except Stopped:
            return await self.cancel(job, whole=whole)

    async def _follow(self, job: DeviceJob, whole: bool) -> Delivered:
        loop = asyncio.get_running_loop()
        limits = self._link.limits
        began = loop.time()
        lost_since = idle_since = None
        pause_s = limits.poll_first
        while True:
            try:
                view = await self.look(job, self._watch)
                lost_since = None
            except JobGone:
                return self._unknown(
                    "job-lost-by-device", f"{self._link.where} does not know the job any more"
                )
            except (Unreachable, Lost, HttpRefused, IppRefused) as error:
                now = loop.time()
                lost_since = lost_since or now
                if now - lost_since >= limits.lost_timeout:
                    return self._unknown("device-lost", f"{error} (for {limits.lost_timeout:g} s)")
                self._tell(PrinterState.STOPPED, ("connecting-to-device",), str(error))
                view = None
            if view is not None:
                self._count(view)
                if view.terminal:
                    if self._told[0]:
                        await self._printer(view)  # what was said of the printer is not left standing
                    return self.end(view, whole=whole)
                idle = await self._printer(view)
                idle_since = (idle_since or loop.time()) if idle else None
                if idle_since is not None and loop.time() - idle_since >= limits.unfinished_timeout:
                    text = f"{self._link.where} is idle and has no jobs, but calls the job unfinished"
                    return self._unknown("device-never-finished", text)
            if loop.time() - began >= limits.job_timeout:
                text = f"{self._link.where} has not ended the job in {limits.job_timeout:g} s"
                return self._unknown("device-never-finished", text)
            await self._watch.pause(pause_s)
            pause_s = min(pause_s * _GROWTH, limits.poll_most)

    async def look(self, job: DeviceJob, watch: StopWatch) -> JobView:
        """The job as the device sees it now.

        Raises:
            JobGone: neither under its id nor by name.
            Unreachable, Lost, HttpRefused, IppRefused, Stopped: as :meth:`IppLink.ask`.
        """
        try:
            response = await self._link.ask(
                Operation.GET_JOB_ATTRIBUTES,
                watch,
                attributes.keyword("requested-attributes", *REQUESTED),
                job=job.id,
            )
        except IppRefused as refused:
            if not refused.gone:
                raise
        else:
            view = JobView.read(response.job_attributes)
            if view is not None and same(view, job, self._ticket):
                return view
        found = await self.find(watch)
        if found is None:
            raise JobGone
        return found

    async def find(self, watch: StopWatch) -> JobView | None:
        """Our job by name, user and time, among those that are and those that were."""
        views: dict[int, JobView] = {}
        for which in ("not-completed", "completed"):
            try:
                response = await self._link.ask(
                    Operation.GET_JOBS,
                    watch,
                    attributes.integer("limit", JOBS_SCANNED_MAX),
                    attributes.keyword("requested-attributes", *REQUESTED),
                    attributes.keyword("which-jobs", which),
                )
            except IppRefused:
                continue  # a device without Get-Jobs, or without a history
            for group in response.groups_of(Tag.JOB_ATTRIBUTES):
                view = JobView.read(group)
                if view is not None:
                    views[view.id] = view
        return find(views.values(), self._ticket, self._clock.now_ms())

    async def cancel(self, job: DeviceJob, *, whole: bool) -> Delivered:
        """Asks the device to cancel ``job`` and waits until it has ended it, one way or the other.

        Args:
            whole: the device has every octet, so that it may complete the job all the same.
        """
        reason = self._watch.reason
        limits = self._link.limits
        loop = asyncio.get_running_loop()
        deadline = loop.time() + limits.answer_timeout
        pause_s = limits.poll_first
        asked = False
        async with self._link.quietly() as watch:
            while True:
                try:
                    if not asked:
                        asked = await self._ask_cancel(job, watch)
                    view = await self.look(job, watch)
                    self._count(view)
                    if view.terminal and (whole or view.state != JobState.COMPLETED):
                        return self.end(view, whole=True, stop_reason=reason)
                    if view.terminal:
                        return self._canceled(reason, "has printed the part that it had")
                    trouble = "has not confirmed it"
                except JobGone:
                    return self._canceled(reason, "does not know the job any more")
                except (Unreachable, Lost, HttpRefused, IppRefused) as error:
                    trouble = f"could not be told: {error}"
                if loop.time() >= deadline:
                    return self._canceled(reason, trouble)
                await watch.pause(pause_s)
                pause_s = min(pause_s * _GROWTH, limits.poll_most)

    async def _ask_cancel(self, job: DeviceJob, watch: StopWatch) -> bool:
        try:
            await self._link.ask(Operation.CANCEL_JOB, watch, job=job.id)
        except IppRefused as refused:
            return not refused.passing  # it has ended already, or cannot be canceled: look at it
        return True

    async def settle(self, job: DeviceJob, *, whole: bool, trouble: Delivered) -> Delivered:
        """After a transfer that went wrong: asks the device what it made of it.

        Args:
            whole: every octet was handed over, though the device did not confirm it.
            trouble: what to say where the device shows that nothing was printed.
        """
        loop = asyncio.get_running_loop()
        limits = self._link.limits
        deadline = loop.time() + limits.lost_timeout
        pause_s = limits.poll_first
        while True:
            try:
                view = await self.look(job, self._watch)
                break
            except JobGone:
                if trouble.outcome.value == "permanent" or not self.octets:
                    return trouble
                return self._unknown(trouble.reason, f"{trouble.text}; the device does not know the job")
            except Stopped:
                return await self.cancel(job, whole=whole)
            except (Unreachable, Lost, HttpRefused, IppRefused) as error:
                if loop.time() >= deadline:
                    return self._unknown(trouble.reason, f"{trouble.text}; then {error}")
                self._tell(PrinterState.STOPPED, ("connecting-to-device",), str(error))
            try:
                await self._watch.pause(pause_s)
            except Stopped:
                return await self.cancel(job, whole=whole)
            pause_s = min(pause_s * _GROWTH, limits.poll_most)
        self._count(view)
        if view.state == JobState.CANCELED:
            return self.end(view, whole=False)
        if (whole and not view.waits_for_data) or had_all(view, self.octets):
            return await self.follow(view.device_job, whole=True)
        return await self._drop(view, trouble)

    async def _drop(self, view: JobView, trouble: Delivered) -> Delivered:
        """The device has a part of the documents: takes the job back, unless it has begun to print it."""
        begun = view.begun
        if not view.terminal:
            async with self._link.quietly() as watch:
                try:
                    await self._ask_cancel(view.device_job, watch)
                    async with asyncio.timeout(self._link.limits.answer_timeout):
                        while not view.terminal:
                            await watch.pause(self._link.limits.poll_first)
                            view = await self.look(view.device_job, watch)
                            begun = begun or view.begun
                except (JobGone, Unreachable, Lost, HttpRefused, IppRefused, TimeoutError):
                    pass  # what was known before has to do
        if view.state == JobState.COMPLETED:
            return self.end(view, whole=False)
        if view.impressions == 0 or (not begun and view.impressions < 0):
            return trouble
        return self._unknown(trouble.reason, f"{trouble.text}; the device may have printed a part of it")

    def end(self, view: JobView, *, whole: bool, stop_reason: str = "") -> Delivered:
        """The outcome of a job that the device has ended."""
        whole = whole or had_all(view, self.octets)
        return ended(view, self.octets, whole=whole, where=self._link.where, stop_reason=stop_reason)

    async def stalled(self) -> None:
        """The device takes no more of a document: asks it, on another connection, why."""
        async with self._link.quietly() as watch:
            try:
                await self._printer(None, watch)
            except (Unreachable, Lost, HttpRefused, IppRefused):
                self._tell(PrinterState.STOPPED, ("timed-out",), f"{self._link.where} takes nothing")

    async def _printer(self, view: JobView | None, watch: StopWatch | None = None) -> bool:
        """Passes the device's state up. True if it is idle, without jobs, while ours is not ended."""
        try:
            response = await self._link.ask(
                Operation.GET_PRINTER_ATTRIBUTES,
                watch or self._watch,
                attributes.keyword("requested-attributes", *PRINTER_REQUESTED),
            )
        except (Unreachable, Lost, HttpRefused, IppRefused):
            if view is None:
                raise
            return False
        printer = response.printer_attributes
        state = printer.integer("printer-state") or PrinterState.PROCESSING
        reasons = keywords(printer.strings("printer-state-reasons")) or ("none",)
        message = sentence(printer.string("printer-state-message"))
        if view is not None and view.state == JobState.PROCESSING_STOPPED:
            state = PrinterState.STOPPED
            reasons = tuple(reason for reason in reasons if reason != "none") or view.reasons or ("other",)
            message = message or view.message
        self._tell(state, reasons, message)
        held = view is not None and view.state == JobState.PENDING_HELD
        return state == PrinterState.IDLE and not printer.integer("queued-job-count") and not held

    def _tell(self, state: int, reasons: tuple[str, ...], message: str) -> None:
        now = (int(state), reasons, message)
        if self._progress is not None and now != self._told:
            self._told = now
            self._progress.device_state(*now)

    def _count(self, view: JobView) -> None:
        counts = (view.impressions, view.sheets)
        if self._progress is not None and counts != self._counts:
            self._counts = counts
            self._progress.printed(*counts)

    def _unknown(self, reason: str, text: str) -> Delivered:
        impressions, sheets = self._counts
        found = outcome.unknown(reason, text, self.octets, device_reasons=self._told[1])
        return Delivered(
            found.outcome,
            found.reason,
            found.text,
            octets_sent=self.octets,
            impressions=impressions,
            sheets=sheets,
            device_reasons=found.device_reasons,
        )

    def _canceled(self, reason: str, trouble: str) -> Delivered:
        return outcome.canceled(reason, f"canceled, but {self._link.where} {trouble}", self.octets)
