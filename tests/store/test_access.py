"""The door: group commit, one bad unit among good ones, a database in trouble, the end."""

from __future__ import annotations

import asyncio
import contextlib
import gc
import logging
import sqlite3
import threading
from collections.abc import AsyncIterator, Callable, Coroutine, Sequence
from typing import Any

import pytest
from django.db import DatabaseError, connection

from plantin.core.errors import Refusal, Temporary
from plantin.core.ids import QueueId
from plantin.core.limits import GROUP_COMMIT_MAX
from plantin.store import database as database_module
from plantin.store.access import Store
from plantin.store.commands import accept, config, jobs
from plantin.store.database import Baton, DatabaseUrl, migrate, open_database
from plantin.store.models import Setting
from plantin.store.queries import config as config_queries
from plantin.store.queries import jobs as job_queries
from tests.peers.postgresql import private_postgresql
from tests.store.support import ALICE, Database, new_job, state_of

PATIENCE_S = 60.0


@contextlib.asynccontextmanager
async def opened(database: Database, **options: Any) -> AsyncIterator[Store]:
    store = database.store(**options)
    try:
        yield store
    finally:
        await asyncio.to_thread(store.close)


def run(main: Coroutine[Any, Any, None]) -> None:
    asyncio.run(asyncio.wait_for(main, PATIENCE_S))


def remember(name: str) -> str:
    Setting.objects.create(name=name, value=name)
    return name


def remembered() -> set[str]:
    return set(Setting.objects.values_list("name", flat=True))


class Gate:
    """Keeps the writer busy, so that what is submitted meanwhile waits together."""

    def __init__(self, store: Store) -> None:
        self._open = threading.Event()
        self._inside = threading.Event()
        self._work = asyncio.ensure_future(store.write(self._wait))

    def _wait(self) -> None:
        self._inside.set()
        assert self._open.wait(PATIENCE_S)

    async def closed(self) -> None:
        await asyncio.to_thread(self._inside.wait, PATIENCE_S)

    async def let_go(self) -> None:
        self._open.set()
        await self._work


def test_what_waits_together_is_committed_together(database: Database) -> None:
    batches: list[list[str]] = []
    transactions: set[int] = set()
    commits: list[tuple[bool, bool]] = []

    def command(names: Sequence[str]) -> Sequence[str]:
        batches.append(list(names))
        transactions.add(id(connection.savepoint_ids))
        return [remember(name) for name in names]

    async def main() -> None:
        async with opened(database, committed=lambda jobs, config: commits.append((jobs, config))) as store:
            gate = Gate(store)
            await gate.closed()
            names = [f"n{number}" for number in range(GROUP_COMMIT_MAX + 1)]
            answers = [store.batch(command, name) for name in names]
            await gate.let_go()
            assert await asyncio.gather(*answers) == names
            assert [len(batch) for batch in batches] == [GROUP_COMMIT_MAX, 1]
            assert await store.read(remembered) == set(names)
            assert commits == []  # settings wake nobody

    run(main())


def test_a_whole_group_has_one_commit_and_one_wake_up(database: Database) -> None:
    commits: list[tuple[bool, bool]] = []
    queue = database.site()

    async def main() -> None:
        async with opened(database, committed=lambda jobs, config: commits.append((jobs, config))) as store:
            gate = Gate(store)
            await gate.closed()
            work = [store.batch(accept.accept_batch, new_job(queue)) for _ in range(20)]
            done = asyncio.gather(*work, store.write(config.set_queue, "q1", info="x"))
            await asyncio.sleep(0)  # write() is a coroutine: only now is its unit with the others
            await gate.let_go()
            assert (await done)[:20] == list(range(1, 21))
            assert commits == [(True, True)]

    run(main())


def test_different_work_of_one_group_keeps_its_order(database: Database) -> None:
    trace: list[str] = []

    def one(payloads: Sequence[str]) -> Sequence[None]:
        trace.append(f"one{list(payloads)}")
        return [None] * len(payloads)

    def other(payloads: Sequence[str]) -> Sequence[None]:
        trace.append(f"other{list(payloads)}")
        return [None] * len(payloads)

    async def main() -> None:
        async with opened(database) as store:
            gate = Gate(store)
            await gate.closed()
            work = [
                store.batch(one, "a"),
                store.batch(one, "b"),
                store.batch(other, "c"),
                asyncio.ensure_future(store.write(trace.append, "plain")),
                store.batch(one, "d"),
            ]
            await asyncio.sleep(0)
            await gate.let_go()
            await asyncio.gather(*work)

    run(main())
    assert trace in (
        ["one['a', 'b']", "other['c']", "one['d']", "plain"],
        ["one['a', 'b']", "other['c']", "plain", "one['d']"],
    )


def raising(error: Exception) -> Callable[[], None]:
    def fail() -> None:
        remember("half done")
        raise error

    return fail


def bad_statement() -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT no_such_column FROM store_setting")


def poisoned(names: Sequence[str]) -> Sequence[str]:
    if "poison" in names:
        raise RuntimeError("one of them is poison")
    return [remember(name) for name in names]


def test_one_bad_unit_takes_no_other_with_it(database: Database) -> None:
    queue = database.site()

    async def main() -> None:
        async with opened(database) as store:
            gate = Gate(store)
            await gate.closed()
            calls = [
                asyncio.ensure_future(store.write(remember, "before")),
                asyncio.ensure_future(store.write(raising(Refusal("no", "not today")))),
                asyncio.ensure_future(store.write(raising(ValueError("a defect")))),
                asyncio.ensure_future(store.write(bad_statement)),
                store.batch(poisoned, "good"),
                store.batch(poisoned, "poison"),
                store.batch(poisoned, "also good"),
                store.batch(accept.accept_batch, new_job(QueueId(99))),
                store.batch(accept.accept_batch, new_job(queue)),
                asyncio.ensure_future(store.write(remember, "after")),
            ]
            await asyncio.sleep(0)
            await gate.let_go()
            answers = await asyncio.gather(*calls, return_exceptions=True)
            kinds = [type(answer) if isinstance(answer, Exception) else answer for answer in answers]
            assert kinds[:4] == ["before", Refusal, ValueError, Temporary]
            assert kinds[4:7] == ["good", RuntimeError, "also good"]
            assert kinds[7] is Temporary
            assert isinstance(answers[8], int)
            assert kinds[9] == "after"
            assert await store.read(remembered) == {"before", "after", "good", "also good"}
            assert await store.read(job_queries.open_counts) == {queue.id: 1}

    run(main())


def test_an_error_among_the_answers_is_only_that_caller_s(database: Database) -> None:
    def command(names: Sequence[str]) -> Sequence[str | Exception]:
        return [Refusal("no", "never") if name == "b" else name for name in names]

    async def main() -> None:
        async with opened(database) as store:
            answers = await asyncio.gather(
                *(store.batch(command, name) for name in "abc"), return_exceptions=True
            )
            assert (answers[0], answers[2]) == ("a", "c")
            assert isinstance(answers[1], Refusal)

    run(main())


def test_a_command_that_answers_too_little_is_an_error(database: Database) -> None:
    async def main() -> None:
        async with opened(database) as store:
            with pytest.raises(ValueError):
                await store.batch(lambda payloads: [], "x")
            assert await store.write(remember, "still alive") == "still alive"

    run(main())


def test_work_is_done_although_its_caller_went_away(database: Database) -> None:
    async def main() -> None:
        async with opened(database) as store:
            gate = Gate(store)
            await gate.closed()
            call = asyncio.ensure_future(store.write(remember, "orphan"))
            await asyncio.sleep(0)
            call.cancel()
            await gate.let_go()
            assert await store.write(remember, "other") == "other"
            assert "orphan" in await store.read(remembered)

    run(main())


def test_who_can_not_be_told_of_a_commit_stops_nothing(
    database: Database, caplog: pytest.LogCaptureFixture
) -> None:
    def committed(jobs: bool, config: bool) -> None:
        raise OSError("no descriptors left")

    async def main() -> None:
        async with opened(database, committed=committed) as store:
            await store.write(config.add_device, "d1", "x:")
            await store.write(config.add_device, "d2", "x:")

    with caplog.at_level(logging.ERROR, "plantin.store"):
        run(main())
    assert len(config_queries.devices()) == 2
    assert "could not be told" in caplog.text


def test_reading_goes_on_while_somebody_writes(database: Database) -> None:
    async def main() -> None:
        async with opened(database, readers=2) as store:
            await store.write(remember, "first")
            gate = Gate(store)
            await gate.closed()
            found = await asyncio.gather(store.read(remembered), store.read(remembered))
            assert list(found) == [{"first"}, {"first"}]
            await gate.let_go()

    run(main())


def test_a_question_that_the_database_refuses(database: Database) -> None:
    async def main() -> None:
        async with opened(database, readers=1) as store:
            with pytest.raises(Temporary) as caught:
                await store.read(bad_statement)
            assert caught.value.reason == "store-error" and "no_such_column" in caught.value.text
            assert isinstance(caught.value.__cause__, DatabaseError)
            assert await store.read(remembered) == set()

    run(main())


def test_closing_finishes_what_was_submitted(database: Database) -> None:
    threads = threading.active_count()

    async def main() -> None:
        store = database.store()
        await store.read(remembered)
        gate = Gate(store)
        await gate.closed()
        calls = [asyncio.ensure_future(store.write(remember, f"n{number}")) for number in range(300)]
        await asyncio.sleep(0)
        closing = asyncio.create_task(asyncio.to_thread(store.close))
        await gate.let_go()
        assert len(await asyncio.gather(*calls)) == 300
        await closing
        with pytest.raises(Temporary) as caught:
            await store.write(remember, "too late")
        assert caught.value.reason == "shutting-down"

    run(main())
    assert len(remembered()) == 300
    assert threading.active_count() == threads
    gc.collect()  # a connection that was left open would warn here


def test_a_closed_store_of_a_closed_loop(database: Database) -> None:
    """Nobody waits for the answer any more; the thread must not die of that."""
    store = database.store()

    async def main() -> None:
        gate = Gate(store)
        await gate.closed()
        call = asyncio.ensure_future(store.write(remember, "done"))
        await asyncio.sleep(0)
        gate._open.set()
        call.cancel()
        gate._work.cancel()

    asyncio.run(main())
    store.close()
    assert remembered() == {"done"}


# A database in trouble


def test_a_locked_file_is_temporary_and_not_waited_for_256_times(
    sqlite: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    pragmas = database_module.SQLITE_PRAGMAS.replace("busy_timeout=30000", "busy_timeout=5")
    assert pragmas != database_module.SQLITE_PRAGMAS
    monkeypatch.setattr(database_module, "SQLITE_PRAGMAS", pragmas)
    open_database(sqlite.url)
    tried: list[int] = []
    begin = Store._transaction

    def counted(self: Store, units: Any) -> None:
        tried.append(len(units))
        begin(self, units)

    async def main() -> None:
        async with opened(sqlite) as store:
            await store.write(remember, "first")
            rude = sqlite3.connect(sqlite.url.path, isolation_level=None)
            gate = Gate(store)
            await gate.closed()
            calls = [asyncio.ensure_future(store.write(remember, f"n{number}")) for number in range(50)]
            await asyncio.sleep(0)
            monkeypatch.setattr(Store, "_transaction", counted)
            await gate.let_go()
            await asyncio.gather(*calls)
            rude.execute("BEGIN IMMEDIATE")
            del tried[:]
            calls = [asyncio.ensure_future(store.write(remember, f"m{number}")) for number in range(50)]
            answers = await asyncio.gather(*calls, return_exceptions=True)
            assert all(isinstance(answer, Temporary) for answer in answers)
            assert all("locked" in answer.text for answer in answers if isinstance(answer, Temporary))
            assert tried.count(1) <= 2 * len([size for size in tried if size > 1]) + 50 // 10
            assert "m1" not in await store.read(remembered)  # reading goes on
            rude.execute("ROLLBACK")
            rude.close()
            assert await store.write(remember, "free again") == "free again"

    run(main())


def test_a_lost_connection_is_made_anew(migrated_postgresql: DatabaseUrl, database: Database) -> None:
    if database.kind == "sqlite":
        return  # it has no connection to lose

    def kill_all_others() -> None:
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
                "WHERE datname = current_database() AND pid <> pg_backend_pid()"
            )

    async def main() -> None:
        async with opened(database, readers=1) as store:
            await store.write(remember, "first")
            assert await store.read(remembered) == {"first"}
            await asyncio.to_thread(_and_close, kill_all_others)
            assert await store.read(remembered) == {"first"}
            assert await store.write(remember, "second") == "second"
            calls = [store.write(remember, f"n{number}") for number in range(20)]
            await asyncio.to_thread(_and_close, kill_all_others)
            assert len(await asyncio.gather(*calls)) == 20
            assert len(await store.read(remembered)) == 22

    run(main())


def _and_close(function: Callable[[], None]) -> None:
    try:
        function()
    finally:
        connection.close()


@pytest.mark.xdist_group("postgresql")
def test_a_server_that_is_down_is_temporary_and_comes_back() -> None:
    with private_postgresql(durable=True) as cluster:
        url = DatabaseUrl(cluster.create_database())
        open_database(url)
        migrate()
        connection.close()

        async def main() -> None:
            store = Store(Baton(None))
            try:
                await store.write(remember, "first")
                await store.read(remembered)
                await asyncio.to_thread(cluster.kill)
                calls = [store.write(remember, f"n{number}") for number in range(20)]
                answers = await asyncio.gather(*calls, store.read(remembered), return_exceptions=True)
                assert all(isinstance(answer, Temporary) for answer in answers)
                await asyncio.to_thread(cluster.start)
                assert await store.write(remember, "back") == "back"
                assert "back" in await store.read(remembered)
            finally:
                await asyncio.to_thread(store.close)

        run(main())


def test_a_job_survives_what_its_canceling_does_not(database: Database) -> None:
    queue = database.site()
    job = database.job(queue)

    async def main() -> None:
        async with opened(database) as store:
            work = [store.write(jobs.cancel, job, ALICE) for _ in range(5)]
            answers = await asyncio.gather(*work, return_exceptions=True)
            assert [isinstance(answer, Refusal) for answer in answers] == [False, True, True, True, True]

    run(main())
    assert state_of(job).terminal
