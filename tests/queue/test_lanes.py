"""The bounded lines of jobs in memory: always the best of all that wait, in the store's order."""

from __future__ import annotations

from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from plantin.core.ids import DeviceId, JobId, QueueId
from plantin.core.model import ReadyJob
from plantin.core.ports import Lane
from plantin.queue.lanes import LaneJobs, Lanes

Q1, Q2 = QueueId(1), QueueId(2)
LANE = Lane(Q1, None)


def job(number: int, priority: int = 50, queue: QueueId = Q1, device: DeviceId | None = None) -> ReadyJob:
    return ReadyJob(JobId(number), queue, device, priority, number << 16)


def drained(lanes: Lanes, lane: Lane = LANE) -> list[int]:
    found = []
    while lanes[lane].head is not None:
        found.append(int(lanes.take(lane).id))
    return found


def test_best_first() -> None:
    lanes = Lanes()
    for one in (job(3), job(1), job(9, 80), job(2, 10), job(4, 80)):
        lanes.add(one)
    assert drained(lanes) == [4, 9, 1, 3, 2]


def test_a_job_that_comes_again_moves_to_its_new_place() -> None:
    lanes = Lanes()
    for number in (1, 2, 3):
        lanes.add(job(number))
    lanes.add(job(3, 99))
    lanes.add(job(1))
    assert drained(lanes) == [3, 1, 2]


def test_a_job_stands_in_one_lane_only() -> None:
    lanes = Lanes()
    lanes.add(job(1))
    assert lanes.add(job(1, queue=Q2)) == Lane(Q2, None)
    assert drained(lanes) == []
    lanes.add(job(1, device=DeviceId(7)))
    assert (drained(lanes, Lane(Q2, None)), drained(lanes, Lane(Q1, DeviceId(7)))) == ([], [1])


def test_what_is_removed_is_gone() -> None:
    lanes = Lanes()
    for number in (1, 2, 3):
        lanes.add(job(number))
    lanes.remove(JobId(2))
    lanes.remove(JobId(99))
    assert drained(lanes) == [1, 3]


def test_no_more_than_the_limit_is_kept_and_the_rest_is_known_to_be_in_the_store() -> None:
    one = LaneJobs(LANE)
    left = [one.add(job(number), limit=3) for number in (5, 4, 3, 2, 9, 1)]
    assert left == [None, None, None, 5, 9, 4]
    assert (len(one), one.more) == (3, True)
    assert [one.pop().id for _ in range(3)] == [1, 2, 3]
    # Empty, and more in the store: whatever comes may belong behind those.
    assert one.add(job(100), limit=3) == 100
    assert len(one) == 0


def test_only_jobs_in_memory_are_remembered() -> None:
    """With a million waiting jobs the books of where they stand may not have a million lines."""
    lanes = Lanes()
    for number in range(10_000, 0, -1):
        lanes.add(job(number))
    assert len(lanes[LANE]) == len(lanes._where) == 64
    for number in range(20_000, 20_500):
        lanes.add(job(number))
    assert len(lanes._where) == 64
    assert drained(lanes) == list(range(1, 65))
    assert lanes._where == {}


def test_a_refill_brings_the_store_s_order() -> None:
    lanes = Lanes()
    lanes.more(LANE)
    lanes[LANE].filling = True
    lanes.refill(LANE, [job(1), job(2), job(5)], complete=False)
    assert not lanes[LANE].filling and lanes[LANE].more
    lanes.add(job(3))
    lanes.add(job(6))  # behind the last one that is known: it is in the store
    assert drained(lanes) == [1, 2, 3, 5]


def test_what_comes_and_goes_while_the_store_is_read() -> None:
    """The answer may be older than what the log told meanwhile."""
    lanes = Lanes()
    lanes.more(LANE)
    lanes[LANE].filling = True
    lanes.add(job(4))
    lanes.add(job(2, 99))
    lanes.add(job(7))
    lanes.remove(JobId(7))
    lanes.add(job(1))
    lanes.add(job(1, queue=Q2))
    lanes.refill(LANE, [job(1), job(2), job(3), job(7)], complete=True)
    assert drained(lanes) == [2, 3, 4]
    assert drained(lanes, Lane(Q2, None)) == [1]


def test_a_reading_that_failed_forgets_what_came_meanwhile() -> None:
    """It is in the store and is read with the rest; an old note that a job had gone would lose it."""
    lanes = Lanes()
    lanes.more(LANE)
    lanes[LANE].filling = True
    lanes.add(job(1))
    lanes.remove(JobId(1))
    lanes[LANE].not_filled()
    assert lanes[LANE].more and not lanes[LANE].filling
    lanes[LANE].filling = True
    lanes.refill(LANE, [job(1), job(2)], complete=True)
    assert drained(lanes) == [1, 2]


def test_the_lanes_of_a_queue() -> None:
    lanes = Lanes()
    lanes.add(job(1))
    lanes.add(job(2, queue=Q2, device=DeviceId(3)))
    assert list(lanes.of_queue(Q2)) == [Lane(Q2, DeviceId(3))]
    assert list(lanes.of_queue(99)) == []
    assert lanes.get(LANE) is lanes[LANE] and lanes.get(Lane(Q2, None)) is None


@pytest.mark.parametrize("limit", [1, 2, 5])
@given(st.lists(st.tuples(st.integers(1, 30), st.integers(1, 3)), max_size=60))
def test_whatever_comes_the_best_are_there(limit: int, arrivals: list[tuple[int, int]]) -> None:
    """Against a model that keeps all of them: what is in memory is a prefix of all that wait."""
    lane = LaneJobs(LANE)
    model: dict[int, ReadyJob] = {}
    for number, priority in arrivals:
        model[number] = job(number, priority)
        lane.add(model[number], limit=limit)
        order = sorted(model.values(), key=lambda one: (-one.priority, one.rank))
        found = list(lane)
        assert len(found) <= limit
        if lane.more:
            assert found == order[: len(found)]
        else:
            assert found == order


@given(st.randoms(use_true_random=False))
def test_a_lane_and_its_store_lose_nothing(random: Random) -> None:
    """Jobs come, go and are taken, with readings in between that are late: each comes out once, best first
    among those that had come when the reading began."""
    lanes, store, taken = Lanes(), dict[JobId, ReadyJob](), list[JobId]()
    reading: list[ReadyJob] | None = None
    number = 0
    for _ in range(random.randint(1, 150)):
        what = random.random()
        if what < 0.5:
            number += 1
            new = job(number, random.choice([10, 50]))
            store[new.id] = new
            lanes.add(new)
        elif what < 0.6 and store:
            gone = random.choice(list(store))
            del store[gone]
            lanes.remove(gone)
        elif what < 0.75 and reading is None and lanes[LANE].more and not len(lanes[LANE]):
            lanes[LANE].filling = True
            reading = sorted(store.values(), key=lambda one: (-one.priority, one.rank))[:3]
        elif what < 0.85 and reading is not None:
            lanes.refill(LANE, reading, complete=len(reading) < 3)
            reading = None
        elif lanes[LANE].head is not None:
            one = lanes.take(LANE)
            assert one.id in store
            del store[one.id]
            taken.append(one.id)
    if reading is not None:
        lanes.refill(LANE, reading, complete=len(reading) < 3)
    while store:
        if lanes[LANE].head is None:
            assert lanes[LANE].more, f"lost: {store}"
            best = sorted(store.values(), key=lambda one: (-one.priority, one.rank))[:3]
            lanes.refill(LANE, best, complete=len(best) < 3)
        one = lanes.take(LANE)
        del store[one.id]
        taken.append(one.id)
    assert len(taken) == len(set(taken))
