"""Lines of jobs that may print, best first, with a bounded number of them in memory.

A lane holds the jobs of one queue for any of its devices, or of one queue for one device. When more wait in
the store than fit, ``more`` says so and the lane is filled again once it runs low: the jobs in memory are
always the best of all, so that the order is the store's order.
"""

from bisect import insort
from collections.abc import Collection, Iterator
from typing import Final

from plantin.core.ids import JobId
from plantin.core.limits import ACTIVE_JOBS_PER_DEVICE
from plantin.core.model import ReadyJob
from plantin.core.ports import Lane

Key = tuple[int, int]
UNREAD: Final[Key] = (-(2**31), 0)


def _order(job: ReadyJob) -> Key:
    return -job.priority, job.rank


class LaneJobs:
    """The active jobs of one lane."""

    __slots__ = ("_jobs", "_late", "filling", "lane", "more")

    def __init__(self, lane: Lane, *, more: bool = False) -> None:
        self.lane = lane
        self.more = more
        """The store has jobs of this lane that are not here."""
        self.filling = False
        """Somebody reads them right now."""
        self._jobs: list[ReadyJob] = []
        self._late: dict[JobId, ReadyJob | None] = {}
        """What came (or went: None) while the store was being read; the answer may be older than that."""

    def __len__(self) -> int:
        return len(self._jobs)

    @property
    def head(self) -> ReadyJob | None:
        return self._jobs[0] if self._jobs else None

    @property
    def key(self) -> "Key | None":
        """Where the lane stands among others: by its best job. A lane whose jobs are all in the store comes
        first, because only reading it tells; None when nothing waits."""
        if self._jobs:
            return _order(self._jobs[0])
        return UNREAD if self.more else None

    def add(self, job: ReadyJob, limit: int = ACTIVE_JOBS_PER_DEVICE) -> JobId | None:
        """Puts a job in its place, unless it belongs behind those that wait in the store.

        Returns:
            The job that is left to the store: this one, or the last one, for which there is no room now.
        """
        self.discard(job.id)
        if self.filling:
            self._late[job.id] = job
            return None
        if self.more and (not self._jobs or _order(job) > _order(self._jobs[-1])):
            return job.id
        insort(self._jobs, job, key=_order)
        if len(self._jobs) <= limit:
            return None
        self.more = True
        return self._jobs.pop().id

    def refill(self, jobs: list[ReadyJob], *, complete: bool) -> list[JobId]:
        """Takes what the store says are the best jobs of the lane; returns late ones for which is no room."""
        late, self._late = self._late, {}
        self.filling = False
        self._jobs = sorted((job for job in jobs if job.id not in late), key=_order)
        self.more = not complete
        left = [self.add(job) for job in late.values() if job is not None]
        return [job for job in left if job is not None]

    def not_filled(self) -> None:
        """The store could not be read; what came meanwhile is in it and will be read with the rest."""
        self._late.clear()
        self.filling = False
        self.more = True

    def discard(self, job: JobId) -> None:
        """Takes a job out, if it is here."""
        if self.filling:
            self._late[job] = None
        for index, waiting in enumerate(self._jobs):
            if waiting.id == job:
                del self._jobs[index]
                return

    def __iter__(self) -> Iterator[ReadyJob]:
        return iter(self._jobs)

    def pop(self) -> ReadyJob:
        return self._jobs.pop(0)


class Lanes:
    """All lanes, and which job stands in which."""

    def __init__(self) -> None:
        self._lanes: dict[Lane, LaneJobs] = {}
        self._where: dict[JobId, Lane] = {}
        self._of_queue: dict[int, dict[Lane, None]] = {}

    def __getitem__(self, lane: Lane) -> LaneJobs:
        found = self._lanes.get(lane)
        if found is None:
            found = self._lanes[lane] = LaneJobs(lane)
            self._of_queue.setdefault(lane.queue, {})[lane] = None
        return found

    def get(self, lane: Lane) -> LaneJobs | None:
        return self._lanes.get(lane)

    def add(self, job: ReadyJob) -> Lane:
        """Puts a job into its lane, out of any other in which it stood before (it may have been moved)."""
        lane = Lane(job.queue, job.device)
        before = self._where.get(job.id)
        if before is not None and before != lane:
            self._lanes[before].discard(job.id)
        left = self[lane].add(job)
        self._where[job.id] = lane
        if left is not None:
            self._where.pop(left, None)
        return lane

    def more(self, lane: Lane) -> None:
        """The store has jobs of this lane."""
        self[lane].more = True

    def remove(self, job: JobId) -> None:
        lane = self._where.pop(job, None)
        if lane is not None:
            self._lanes[lane].discard(job)

    def refill(self, lane: Lane, jobs: list[ReadyJob], *, complete: bool) -> None:
        for left in self[lane].refill(jobs, complete=complete):
            self._where.pop(left, None)
        for job in self[lane]:
            self._where[job.id] = lane

    def take(self, lane: Lane) -> ReadyJob:
        job = self._lanes[lane].pop()
        self._where.pop(job.id, None)
        return job

    def of_queue(self, queue: int) -> Collection[Lane]:
        return self._of_queue.get(queue, {})
