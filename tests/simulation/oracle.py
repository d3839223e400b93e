"""What must be true at the end of every run, whatever happened in it."""

from collections import Counter

from plantin.core.model import QueueMode, UnknownPolicy
from plantin.core.states import JobEvent, JobState
from tests.simulation.world import World

DISTURBED = {
    JobEvent.MOVED,
    JobEvent.OUTCOME_UNKNOWN,
    JobEvent.HELD,
    JobEvent.RELEASED,
    JobEvent.SUSPENDED,
}
"""What people do to a job that takes it out of its place."""


def check(world: World) -> None:
    """Raises AssertionError with what is wrong."""
    store = world.store
    papers = Counter(sheet.job for device in world.devices.values() for sheet in device.paper)
    for job_id in world.acknowledged:
        assert job_id in store.jobs, f"job {job_id} was accepted and is lost"
        job, trail = store.jobs[job_id], store.trail(job_id)
        assert job.state.terminal or not world.may_move(job), (
            f"job {job_id} is stuck: {job.state.name} {trail}"
        )
        assert job.reasons and all(job.reasons), f"job {job_id} has no reason: {trail}"
        unknown = trail.count(JobEvent.OUTCOME_UNKNOWN)
        wanted = 1 + trail.count(JobEvent.RESUMED)  # a person has it begun anew
        assert papers[job_id] <= wanted + unknown, f"job {job_id} printed {papers[job_id]} times: {trail}"
        if job.state is JobState.COMPLETED and not unknown:
            assert 1 <= papers[job_id] <= wanted, f"job {job_id} is called printed and did not: {trail}"
    for row in store.attempts.values():
        assert row.ended, f"attempt {row.id} has no end"
    for device in world.devices.values():
        assert not device.overlaps, f"two jobs at once went to {device.name}"
    _order(world)


def _order(world: World) -> None:
    """On one device, jobs of one direct queue with that one device come out in the order they came."""
    store = world.store
    for device in world.devices.values():
        for queue in store.queue_rows.values():
            members = [store.device_rows[one].name for one in queue.devices]
            if queue.mode is not QueueMode.DIRECT or members != [device.name]:
                continue
            if queue.error_policy == "retry-job" or queue.unknown_policy is UnknownPolicy.RETRY:
                continue
            plain = [
                sheet.job
                for sheet in device.paper
                if store.jobs[sheet.job].priority == 50
                and not DISTURBED & set(store.trail(sheet.job))
                and store.jobs[sheet.job].queue == queue.id
            ]
            assert plain == sorted(plain), f"{device.name} printed out of order: {plain}"
