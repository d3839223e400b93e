"""Another process on the same store: ``python -m tests.store.other_process WHAT URL FOLDER``.

Says "ready" when it could begin, begins at a line on its standard input, prints what it did as JSON.
"""

from __future__ import annotations

import asyncio
import json
import sys
import uuid
from collections.abc import Callable, Coroutine
from pathlib import Path
from typing import Any

from plantin.core.errors import Refusal
from plantin.core.ids import JobId
from plantin.store.access import Store
from plantin.store.commands import accept, delivery, jobs
from plantin.store.commands.jobs import Actor
from plantin.store.database import Baton, DatabaseUrl, open_database
from plantin.store.hints import Hints
from plantin.store.queries import config
from plantin.store.queries.jobs import JobQuestion, find_jobs
from tests.store.support import T0, new_job

ACCEPTED = 300


async def starting(store: Store) -> list[int]:
    """Starts every job that waits; which it got."""
    device = await store.read(config.device, "d1")
    wishes = [
        delivery.Start(job.id, job.queue, device.id, "d1", T0)
        for job in await store.read(find_jobs, JobQuestion("pending", limit=1000))
    ]
    answers = await asyncio.gather(*(store.batch(delivery.start_batch, wish) for wish in wishes))
    return [int(answer.job.id) for answer in answers if answer is not None]


async def canceling(store: Store) -> list[int]:
    """Cancels every job that waits; which it canceled."""
    ids = [job.id for job in await store.read(find_jobs, JobQuestion("pending", limit=1000))]

    async def cancel(job: JobId) -> bool:
        try:
            await store.write(jobs.cancel, job, Actor("bob", T0))
        except Refusal:
            return False
        return True

    done = await asyncio.gather(*(cancel(job) for job in ids))
    return [int(job) for job, was in zip(ids, done, strict=True) if was]


async def accepting(store: Store) -> list[int]:
    """Accepts many jobs, a few at a time; their ids."""
    queue = await store.read(config.queue, "q1")
    found: list[int] = []
    for _ in range(0, ACCEPTED, 10):
        found += await asyncio.gather(
            *(store.batch(accept.accept_batch, _with_own_uuid(queue)) for _ in range(10))
        )
    return found


def _with_own_uuid(queue: Any) -> Any:
    return new_job(queue, uuid=str(uuid.uuid4()))


WORK: dict[str, Callable[[Store], Coroutine[Any, Any, list[int]]]] = {
    "starting": starting,
    "canceling": canceling,
    "accepting": accepting,
}


def wait_for_the_word() -> None:
    print("ready", flush=True)
    sys.stdin.readline()


def main(what: str, url: str, folder: str) -> None:
    lock = Path(folder) / "write.lock"
    baton = Baton(lock if url.startswith("sqlite") else None)
    if what == "holding":
        with baton.held():
            wait_for_the_word()
        return
    if what == "hinting":
        hints = Hints(Path(folder), "other")
        wait_for_the_word()
        hints.committed(True, False)
        wait_for_the_word()
        hints.committed(False, True)
        hints.close()
        return
    open_database(DatabaseUrl(url))
    store = Store(baton)
    wait_for_the_word()
    print(json.dumps(asyncio.run(WORK[what](store))))
    store.close()


if __name__ == "__main__":
    main(*sys.argv[1:])
