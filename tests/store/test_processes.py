"""Several processes on one store: who wins, who is told, what nobody misses."""

from __future__ import annotations

import asyncio
import contextlib
import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from plantin.core.states import JobState
from plantin.store.hints import Hints, Listener, listens
from plantin.store.models import Attempt
from plantin.store.queries import jobs as queries
from plantin.store.queries.delivery import feed
from plantin.store.queries.jobs import JobQuestion, find_jobs
from tests.core.places import ROOT
from tests.store.other_process import ACCEPTED
from tests.store.support import Database, kinds, new_job

PATIENCE_S = 60.0


class Other:
    """Another process, ready to begin."""

    def __init__(self, what: str, url: str, folder: Path) -> None:
        self.process = subprocess.Popen(
            [sys.executable, "-m", "tests.store.other_process", what, url, str(folder)],
            cwd=ROOT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

    def ready(self) -> None:
        assert self.process.stdout is not None
        assert self.process.stdout.readline() == "ready\n"

    def begin(self) -> None:
        assert self.process.stdin is not None
        self.process.stdin.write("go\n")
        self.process.stdin.flush()

    def result(self) -> list[int]:
        out, _ = self.process.communicate(timeout=PATIENCE_S)
        assert self.process.returncode == 0
        found: list[int] = json.loads(out)
        return found

    def running(self) -> bool:
        return self.process.poll() is None


@contextlib.contextmanager
def others(database: Database, *works: str) -> Iterator[list[Other]]:
    found = [Other(work, database.url.url, database.folder) for work in works]
    try:
        for other in found:
            other.ready()
        yield found
    finally:
        for other in found:
            other.process.kill()
            other.process.communicate()


def test_start_against_cancel_exactly_one_wins(database: Database) -> None:
    queue = database.site()
    ids = database.accept(*(new_job(queue) for _ in range(200)))
    with others(database, "starting", "canceling") as (starter, canceler):
        starter.begin()
        canceler.begin()
        started, canceled = set(starter.result()), set(canceler.result())
    for job in ids:
        record = queries.job(job)
        if job in started:
            expected = ["queued", "started", "cancel-requested"] if job in canceled else ["queued", "started"]
            assert (record.state, kinds(job)) == (JobState.PROCESSING, expected)
        else:
            assert (record.state, kinds(job)) == (JobState.CANCELED, ["queued", "canceled"])
            assert job in canceled
    assert set(Attempt.objects.values_list("job_id", flat=True)) == started
    assert Attempt.objects.count() == len(started)


def test_two_who_start_share_the_jobs(database: Database) -> None:
    queue = database.site()
    ids = database.accept(*(new_job(queue) for _ in range(200)))
    with others(database, "starting", "starting") as (one, other):
        one.begin()
        other.begin()
        first, second = one.result(), other.result()
    assert sorted([*first, *second]) == sorted(ids)
    assert Attempt.objects.count() == len(ids)


def test_who_follows_the_log_misses_nothing(database: Database) -> None:
    """Two processes write, a third one follows by ids: an id that comes after a greater one is lost."""
    database.site()
    position = queries.last_event()
    ready: set[int] = set()
    with others(database, "accepting", "accepting") as writers:
        for writer in writers:
            writer.begin()
        finishing = False
        while True:
            found = feed(position, 50)
            ready |= {job.id for job in found.ready}
            position = found.position
            if finishing and not found.more:
                break
            # One more look after the last of them has ended.
            finishing = not any(writer.running() for writer in writers)
        ids = [job for writer in writers for job in writer.result()]
    assert len(set(ids)) == len(ids) == 2 * ACCEPTED
    assert ready == set(ids)
    assert {job.id for job in find_jobs(JobQuestion(limit=10_000))} == set(ids)


def test_writers_of_one_node_take_turns(sqlite: Database) -> None:
    async def main() -> None:
        store = sqlite.store()
        with others(sqlite, "holding") as (holder,):
            call = asyncio.ensure_future(store.write(lambda: "mine"))
            await asyncio.wait([call], timeout=0.2)
            assert not call.done()  # the other one has the baton, however long this machine takes
            holder.begin()
            assert await asyncio.wait_for(call, PATIENCE_S) == "mine"
        await asyncio.to_thread(store.close)

    asyncio.run(main())


def test_a_process_that_dies_lets_the_baton_go(sqlite: Database) -> None:
    with others(sqlite, "holding") as (holder,):
        holder.process.kill()
        holder.process.wait()
        assert sqlite.write(lambda: "mine") == "mine"


def test_hints_go_from_process_to_process(sqlite: Database, tmp_path: Path) -> None:
    folder = tmp_path / ("deep" * 40) / "run"  # longer than a socket's path may be
    folder.mkdir(parents=True)

    async def main() -> None:
        jobs, config = asyncio.Event(), asyncio.Event()
        listener = Listener(folder, "queue", jobs=jobs.set, config=config.set)
        other = Other("hinting", sqlite.url.url, folder)
        try:
            await asyncio.to_thread(other.ready)
            other.begin()
            await asyncio.wait_for(jobs.wait(), PATIENCE_S)
            assert not config.is_set()
            jobs.clear()
            await asyncio.to_thread(other.ready)
            other.begin()
            await asyncio.wait_for(config.wait(), PATIENCE_S)
            assert not jobs.is_set()
        finally:
            listener.close()
            other.process.kill()
            other.process.communicate()
        assert not list(folder.glob("*.hint"))

    asyncio.run(main())


def test_a_hint_never_fails(tmp_path: Path) -> None:
    """Nobody listens, the folder is not there, a listener is gone, a buffer is full."""
    hints = Hints(tmp_path / "none", "me")
    hints.committed(True, True)
    hints.close()
    hints = Hints(tmp_path, "me")
    hints.committed(True, True)

    async def main() -> None:
        heard, own_heard = asyncio.Event(), asyncio.Event()
        listener = Listener(tmp_path, "other", jobs=heard.set, config=lambda: None)
        own = Listener(tmp_path, "me", jobs=own_heard.set, config=lambda: None)
        assert listens(tmp_path, "other") and not listens(tmp_path, "nobody")
        for _ in range(10_000):
            hints.committed(True, False)
        await asyncio.wait_for(heard.wait(), PATIENCE_S)
        assert not own_heard.is_set()
        listener.close()
        own.close()

    asyncio.run(main())
    (tmp_path / "dead.hint").write_bytes(b"")
    hints.committed(True, False)
    hints.close()
    assert not listens(tmp_path, "dead")


def test_a_restarted_listener_is_heard(tmp_path: Path) -> None:
    hints = Hints(tmp_path, "me")

    async def main() -> None:
        for _ in range(20):
            heard = asyncio.Event()
            listener = Listener(tmp_path, "other", jobs=heard.set, config=lambda: None)
            hints.committed(True, False)
            await asyncio.wait_for(heard.wait(), PATIENCE_S)
            listener.close()

    asyncio.run(main())
    hints.close()


@pytest.mark.parametrize("turn", range(2))
def test_the_place_of_a_dead_listener_is_taken(tmp_path: Path, turn: int) -> None:
    (tmp_path / "queue.hint").write_text("left behind")

    async def main() -> None:
        listener = Listener(tmp_path, "queue", jobs=lambda: None, config=lambda: None)
        assert listens(tmp_path, "queue")
        listener.close()

    asyncio.run(main())
