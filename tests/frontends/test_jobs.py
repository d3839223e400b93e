"""Operations on jobs: seen, held, released, canceled, changed, printed again, moved; and who may not."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from ipaddress import ip_network
from typing import Any

import pytest

from plantin.core.model import QueueMode
from plantin.core.states import JobState, Reason
from plantin.frontends.ipp import IppSettings
from plantin.ipp import Attribute, Operation, Range, Status, Tag
from plantin.ipp.attributes import (
    boolean,
    datetime_,
    delete_attribute,
    integer,
    keyword,
    name,
    octets,
    text,
    uri,
)
from plantin.store.commands import config
from plantin.store.job_attributes import cancel_after_s
from plantin.store.queries.jobs import documents, trail
from tests.frontends.harness import PDF, STRANGER, TEXT, World, finish_job, start_job, stop_job

Serve = Callable[..., None]


async def printed(world: World, job_id: int) -> None:
    ticket = await start_job(world, job_id)
    assert ticket is not None
    await finish_job(world, ticket)


def test_get_jobs(serve: Serve) -> None:
    async def scenario(world: World) -> None:
        await world.add_queue()
        await world.add_queue("other")
        ids = [(await world.print_job()).job_id for _ in range(4)]
        mine = (await world.print_job(user="bob")).job_id
        elsewhere = (await world.print_job(to="/printers/other")).job_id
        await printed(world, ids[0])
        await printed(world, ids[1])
        await world.ask(Operation.CANCEL_JOB, integer("job-id", ids[2]))

        async def listed(*attributes: Attribute, **how: Any) -> list[int]:
            heard = (await world.ask(Operation.GET_JOBS, *attributes, **how)).ok()
            return [group.integer("job-id") or 0 for group in heard.groups(Tag.JOB_ATTRIBUTES)]

        assert await listed() == [ids[3], mine]
        assert sorted(await listed(to="/")) == [ids[3], mine, elsewhere]
        assert sorted(await listed(to="ipp://localhost/printers/")) == [ids[3], mine, elsewhere]
        assert await listed(keyword("which-jobs", "completed")) == [ids[2], ids[1], ids[0]]
        assert await listed(keyword("which-jobs", "canceled")) == [ids[2]]
        assert await listed(keyword("which-jobs", "aborted")) == []
        assert await listed(keyword("which-jobs", "pending")) == [ids[3], mine]
        assert await listed(keyword("which-jobs", "proof-print")) == []
        assert len(await listed(keyword("which-jobs", "all"))) == 5
        assert await listed(boolean("my-jobs", True), user="bob") == [mine]
        assert await listed(integer("limit", 1)) == [ids[3]]
        assert await listed(integer("limit", 1), integer("first-index", 2)) == [mine]
        assert sorted(await listed(integer("job-ids", ids[0], mine))) == [ids[0], mine]
        (await world.ask(Operation.GET_JOBS, keyword("which-jobs", "lost"))).fails(
            Status.CLIENT_ERROR_ATTRIBUTES_OR_VALUES_NOT_SUPPORTED
        )
        (await world.ask(Operation.GET_JOBS, integer("limit", 0))).fails(Status.CLIENT_ERROR_BAD_REQUEST)
        (await world.ask(Operation.GET_JOBS, to=None)).fails(Status.CLIENT_ERROR_BAD_REQUEST)
        plain = (await world.ask(Operation.GET_JOBS)).job
        assert {attribute.name for attribute in plain} == {"job-id", "job-uri"}

    serve(scenario)


def test_what_strangers_see(serve: Serve) -> None:
    async def scenario(world: World) -> None:
        await world.add_queue()
        job_id = (await world.print_job(name("job-name", "secret"), peer=STRANGER)).job_id
        which = integer("job-id", job_id)
        everything = keyword("requested-attributes", "all")
        other = (await world.ask(Operation.GET_JOB_ATTRIBUTES, which, user="eve", peer="192.0.2.9")).ok()
        assert "job-name" not in other.job
        assert "job-originating-user-name" not in other.job
        assert other.job.integer("job-state") == 3
        listed = (await world.ask(Operation.GET_JOBS, everything, user="eve", peer="192.0.2.9")).job
        assert "job-name" not in listed
        own = (await world.ask(Operation.GET_JOB_ATTRIBUTES, which, peer=STRANGER)).job
        assert own.string("job-name") == "secret"
        near = (await world.ask(Operation.GET_JOB_ATTRIBUTES, which, user="root")).job
        assert near.string("job-originating-user-name") == "alice"
        (
            await world.ask(
                Operation.CUPS_GET_DOCUMENT, which, integer("document-number", 1), user="eve", peer=STRANGER
            )
        ).fails(Status.CLIENT_ERROR_NOT_AUTHORIZED)

    serve(scenario)


def test_job_attributes(serve: Serve) -> None:
    async def scenario(world: World) -> None:
        await world.add_queue()
        job_id = (await world.print_job(job=[integer("copies", 3), keyword("media", "A4")])).job_id
        by_uri = await world.ask(
            Operation.GET_JOB_ATTRIBUTES, uri("job-uri", f"ipp://elsewhere/jobs/{job_id}"), to=None
        )
        job = by_uri.ok().job
        assert job.integer("copies") == 3
        assert job.string("media") == "iso_a4_210x297mm"
        assert job.string("job-printer-uri") == "ipp://localhost:631/printers/q"
        assert job.get("time-at-completed") is not None
        assert job.first("time-at-completed") is None
        assert job.integer("job-k-octets") == 1
        await printed(world, job_id)
        done = (await world.ask(Operation.GET_JOB_ATTRIBUTES, integer("job-id", job_id))).job
        assert done.integer("job-state") == 9
        assert done.integer("job-impressions-completed") == 1
        assert done.string("output-device-assigned") == "q-device"
        assert done.integer("time-at-completed") is not None
        template = await world.ask(
            Operation.GET_JOB_ATTRIBUTES,
            integer("job-id", job_id),
            keyword("requested-attributes", "job-template"),
        )
        assert "job-id" not in template.job
        assert template.job.integer("copies") == 3
        (await world.ask(Operation.GET_JOB_ATTRIBUTES, integer("job-id", 999))).fails(
            Status.CLIENT_ERROR_NOT_FOUND
        )
        (await world.ask(Operation.GET_JOB_ATTRIBUTES)).fails(Status.CLIENT_ERROR_BAD_REQUEST)
        await world.add_queue("other")
        (
            await world.ask(Operation.GET_JOB_ATTRIBUTES, integer("job-id", job_id), to="/printers/other")
        ).fails(Status.CLIENT_ERROR_NOT_FOUND)

    serve(scenario)


def test_hold_and_release(serve: Serve) -> None:
    async def scenario(world: World) -> None:
        await world.add_queue()
        job_id = (await world.print_job()).job_id
        which = integer("job-id", job_id)
        (await world.ask(Operation.RELEASE_JOB, which)).fails(Status.CLIENT_ERROR_NOT_POSSIBLE, "not held")
        (await world.ask(Operation.HOLD_JOB, which)).ok()
        held = (await world.ask(Operation.GET_JOB_ATTRIBUTES, which)).job
        assert held.integer("job-state") == 4
        assert held.string("job-hold-until") == "indefinite"
        (await world.ask(Operation.HOLD_JOB, which, name("job-hold-until", "23:59"))).ok()
        (await world.ask(Operation.HOLD_JOB, which, keyword("job-hold-until", "no-hold"))).ok()
        assert (await world.job(job_id)).state is JobState.HELD
        later = datetime.now(UTC) + timedelta(hours=1)
        (await world.ask(Operation.HOLD_JOB, which, datetime_("job-hold-until-time", later))).ok()
        (await world.ask(Operation.HOLD_JOB, which, keyword("job-hold-until", "soon"))).fails(
            Status.CLIENT_ERROR_ATTRIBUTES_OR_VALUES_NOT_SUPPORTED
        )
        (await world.ask(Operation.HOLD_JOB, which, user="eve", peer=STRANGER)).fails(
            Status.CLIENT_ERROR_NOT_AUTHORIZED
        )
        (await world.ask(Operation.RELEASE_JOB, which, user="eve", peer=STRANGER)).fails(
            Status.CLIENT_ERROR_NOT_AUTHORIZED
        )
        (await world.ask(Operation.RELEASE_JOB, which)).ok()
        assert (await world.job(job_id)).state is JobState.PENDING
        await printed(world, job_id)
        (await world.ask(Operation.HOLD_JOB, which)).fails(Status.CLIENT_ERROR_NOT_POSSIBLE)

    serve(scenario)


def test_release_in_a_hold_queue(serve: Serve) -> None:
    async def scenario(world: World) -> None:
        await world.add_queue("secure", mode=QueueMode.HOLD)
        job_id = (await world.print_job(to="/printers/secure", peer=STRANGER)).job_id
        which = integer("job-id", job_id)
        to = "/printers/secure"
        (await world.ask(Operation.RELEASE_JOB, which, to=to, peer="192.0.2.9")).fails(
            Status.CLIENT_ERROR_NOT_AUTHORIZED, "another address"
        )
        (await world.ask(Operation.HOLD_JOB, which, keyword("job-hold-until", "indefinite"), to=to)).ok()
        assert (await world.job(job_id)).hold_reason == Reason.RELEASE_WAIT
        (await world.ask(Operation.RELEASE_JOB, which, to=to, peer=STRANGER)).ok()
        assert (await world.job(job_id)).state is JobState.PENDING

    serve(scenario)


def test_release_to_a_device(serve: Serve) -> None:
    async def scenario(world: World) -> None:
        for device in ("north", "south"):
            await world.store.write(config.add_device, device, f"socket://{device}")
        await world.store.write(config.add_queue, "find", ["north", "south"], mode=QueueMode.FIND_ME)
        await world.store.write(config.add_queue, "one", ["north"], mode=QueueMode.FIND_ME)
        await world.directory.refresh()
        to = "/printers/find"
        job_id = (await world.print_job(to=to)).job_id
        which = integer("job-id", job_id)
        (await world.ask(Operation.RELEASE_JOB, which, to=to)).fails(
            Status.CLIENT_ERROR_NOT_POSSIBLE, "name one with output-device"
        )
        (await world.ask(Operation.RELEASE_JOB, which, name("output-device", "west"), to=to)).fails(
            Status.CLIENT_ERROR_NOT_FOUND, "north, south"
        )
        (await world.ask(Operation.RELEASE_JOB, which, name("output-device", "south"), to=to)).ok()
        south = world.directory.device_named("south")
        assert south is not None
        assert (await world.job(job_id)).device == south.id
        only = (await world.print_job(to="/printers/one")).job_id
        (await world.ask(Operation.RELEASE_JOB, integer("job-id", only), to="/printers/one")).ok()
        assert (await world.job(only)).state is JobState.PENDING

    serve(scenario)


def test_password(serve: Serve) -> None:
    async def scenario(world: World) -> None:
        await world.add_queue()
        locked = [octets("job-password", b"1234"), keyword("job-password-encryption", "none")]
        job_id = (await world.print_job(*locked)).job_id
        which = integer("job-id", job_id)
        (await world.ask(Operation.RELEASE_JOB, which)).fails(Status.CLIENT_ERROR_NOT_AUTHORIZED, "password")
        (await world.ask(Operation.RELEASE_JOB, which, octets("job-password", b"4321"))).fails(
            Status.CLIENT_ERROR_NOT_AUTHORIZED
        )
        resume = [keyword("job-hold-until", "no-hold")]
        (await world.ask(Operation.SET_JOB_ATTRIBUTES, which, job=resume)).fails(
            Status.CLIENT_ERROR_NOT_AUTHORIZED
        )
        (await world.ask(Operation.RELEASE_JOB, which, octets("job-password", b"1234"))).ok()
        assert (await world.job(job_id)).state is JobState.PENDING
        created = (await world.ask(Operation.CREATE_JOB, *locked)).job_id
        (await world.ask(Operation.RELEASE_JOB, integer("job-id", created), *locked)).fails(
            Status.CLIENT_ERROR_NOT_POSSIBLE, "still coming"
        )
        last = boolean("last-document", True)
        await world.ask(Operation.SEND_DOCUMENT, integer("job-id", created), last, data=PDF)
        assert (await world.job(created)).hold_reason == Reason.PASSWORD_WAIT

    serve(scenario)


def test_cancel(serve: Serve) -> None:
    async def scenario(world: World) -> None:
        await world.add_queue()
        job_id = (await world.print_job(peer=STRANGER)).job_id
        which = integer("job-id", job_id)
        for user, peer in (("eve", STRANGER), ("alice", "192.0.2.9")):
            (await world.ask(Operation.CANCEL_JOB, which, user=user, peer=peer)).fails(
                Status.CLIENT_ERROR_NOT_AUTHORIZED
            )
        (await world.ask(Operation.CANCEL_JOB, which, text("message", "wrong file"), peer=STRANGER)).ok()
        job = await world.job(job_id)
        assert (job.state, job.reasons) == (JobState.CANCELED, (Reason.CANCELED_BY_USER,))
        assert "wrong file" in (await world.store.read(trail, job_id))[-1].text
        (await world.ask(Operation.CANCEL_JOB, which, peer=STRANGER)).fails(
            Status.CLIENT_ERROR_NOT_POSSIBLE, "ended already"
        )
        other = (await world.print_job(peer=STRANGER)).job_id
        (await world.ask(Operation.CANCEL_JOB, integer("job-id", other), user="root")).ok()
        assert (await world.job(other)).reasons == (Reason.CANCELED_BY_OPERATOR,)
        running = (await world.print_job()).job_id
        await start_job(world, running)
        (await world.ask(Operation.CANCEL_JOB, integer("job-id", running))).ok()
        assert Reason.TO_STOP_POINT in (await world.job(running)).reasons
        (await world.ask(Operation.CANCEL_JOB, integer("job-id", running))).fails(
            Status.CLIENT_ERROR_NOT_POSSIBLE
        )

    serve(scenario)


def test_job_id_zero_and_minus_one(serve: Serve) -> None:
    """``cancel -a q``, lprm without a number: the current job; ``cancel -x q``: all, with their history."""

    async def scenario(world: World) -> None:
        await world.add_queue()
        first, second = [(await world.print_job()).job_id for _ in range(2)]
        (await world.ask(Operation.CANCEL_JOB, integer("job-id", 0), boolean("purge-jobs", False))).ok()
        assert (await world.job(first)).state is JobState.CANCELED
        assert (await world.job(second)).state is JobState.PENDING
        (await world.ask(Operation.PURGE_JOBS, integer("job-id", -1), boolean("purge-jobs", False))).ok()
        assert (await world.job(second)).state is JobState.CANCELED
        third = (await world.print_job()).job_id
        purge = boolean("purge-jobs", True)
        (await world.ask(Operation.CANCEL_JOB, integer("job-id", 0), purge, peer=STRANGER)).fails(
            Status.CLIENT_ERROR_FORBIDDEN
        )
        (await world.ask(Operation.CANCEL_JOB, integer("job-id", third), purge)).ok()
        (await world.ask(Operation.GET_JOB_ATTRIBUTES, integer("job-id", third))).fails(
            Status.CLIENT_ERROR_NOT_FOUND
        )
        (await world.ask(Operation.CANCEL_JOB, integer("job-id", 0), purge)).ok()
        assert not (await world.ask(Operation.GET_JOBS, keyword("which-jobs", "all"))).groups(
            Tag.JOB_ATTRIBUTES
        )
        (await world.ask(Operation.CANCEL_JOB, integer("job-id", 0))).fails(Status.CLIENT_ERROR_NOT_FOUND)

    serve(scenario)


def test_cancel_many(serve: Serve) -> None:
    async def scenario(world: World) -> None:
        await world.add_queue()
        alices = [(await world.print_job(peer=STRANGER)).job_id for _ in range(3)]
        bobs = [(await world.print_job(user="bob", peer=STRANGER)).job_id for _ in range(2)]
        (await world.ask(Operation.CANCEL_JOBS, integer("job-id", 0), peer=STRANGER)).fails(
            Status.CLIENT_ERROR_FORBIDDEN
        )
        (await world.ask(Operation.CANCEL_MY_JOBS, integer("job-ids", bobs[0]), peer=STRANGER)).fails(
            Status.CLIENT_ERROR_NOT_AUTHORIZED
        )
        missing = await world.ask(Operation.CANCEL_JOBS, integer("job-ids", alices[0], 999))
        missing.fails(Status.CLIENT_ERROR_NOT_FOUND)
        assert missing.unsupported.integers("job-ids") == (999,)
        assert (await world.job(alices[0])).state is JobState.PENDING
        (await world.ask(Operation.CANCEL_MY_JOBS, integer("job-ids", alices[0]), peer=STRANGER)).ok()
        (await world.ask(Operation.CANCEL_MY_JOBS, to="ipp://localhost/printers/", peer="192.0.2.9")).ok()
        assert (await world.job(alices[1])).state is JobState.PENDING
        (await world.ask(Operation.CANCEL_MY_JOBS, to="ipp://localhost/printers/", peer=STRANGER)).ok()
        assert [(await world.job(one)).state for one in alices] == [JobState.CANCELED] * 3
        assert [(await world.job(one)).state for one in bobs] == [JobState.PENDING] * 2
        ended = await world.ask(Operation.CANCEL_JOBS, integer("job-ids", alices[0]))
        ended.fails(Status.CLIENT_ERROR_NOT_POSSIBLE)
        (await world.ask(Operation.CANCEL_JOBS, integer("job-ids", 0))).fails(Status.CLIENT_ERROR_BAD_REQUEST)
        (await world.ask(Operation.CANCEL_JOBS, integer("job-id", 0))).ok()
        assert [(await world.job(one)).state for one in bobs] == [JobState.CANCELED] * 2
        (await world.ask(Operation.PURGE_JOBS, peer=STRANGER)).fails(Status.CLIENT_ERROR_FORBIDDEN)
        (await world.ask(Operation.PURGE_JOBS)).ok()
        assert not (await world.ask(Operation.GET_JOBS, keyword("which-jobs", "all"))).groups(
            Tag.JOB_ATTRIBUTES
        )

    serve(scenario)


def test_operators_come_from_named_networks(serve: Serve) -> None:
    async def scenario(world: World) -> None:
        await world.add_queue()
        job_id = (await world.print_job(peer=STRANGER)).job_id
        (await world.ask(Operation.CANCEL_JOB, integer("job-id", job_id), user="op", peer="10.1.2.3")).ok()
        (await world.ask(Operation.PAUSE_PRINTER, peer="10.1.2.3")).ok()
        (await world.ask(Operation.PAUSE_PRINTER, peer="::ffff:10.1.2.3")).ok()
        (await world.ask(Operation.PAUSE_PRINTER, peer="10.2.0.1")).fails(Status.CLIENT_ERROR_FORBIDDEN)

    serve(scenario, settings=replace(IppSettings(), admin_networks=(ip_network("10.1.0.0/16"),)))


def test_set_job_attributes(serve: Serve) -> None:
    async def scenario(world: World) -> None:
        await world.add_queue()
        job_id = (await world.print_job(octets("document-metadata", b"title=x"))).job_id
        which = integer("job-id", job_id)

        by_uri = uri("job-uri", f"ipp://localhost/jobs/{job_id}")
        await world.ask(Operation.SET_JOB_ATTRIBUTES, by_uri, to=None, job=[integer("job-priority", 90)])
        assert (await world.job(job_id)).priority == 90
        changed = [integer("copies", 2), name("job-name", "new"), text("job-message-from-operator", "hello")]
        (await world.ask(Operation.SET_JOB_ATTRIBUTES, which, job=changed)).ok()
        told = (await world.ask(Operation.GET_JOB_ATTRIBUTES, which)).job
        assert (told.integer("copies"), told.string("job-name")) == (2, "new")
        assert told.string("job-message-from-operator") == "hello"
        assert told.first("document-metadata") == b"title=x"
        (await world.ask(Operation.SET_JOB_ATTRIBUTES, which, job=[delete_attribute("copies")])).ok()
        assert "copies" not in (await world.ask(Operation.GET_JOB_ATTRIBUTES, which)).job
        (
            await world.ask(
                Operation.SET_JOB_ATTRIBUTES, which, job=[keyword("job-hold-until", "indefinite")]
            )
        ).ok()
        assert (await world.job(job_id)).state is JobState.HELD
        (
            await world.ask(Operation.SET_JOB_ATTRIBUTES, which, job=[keyword("job-hold-until", "no-hold")])
        ).ok()
        (
            await world.ask(Operation.SET_JOB_ATTRIBUTES, which, job=[keyword("job-hold-until", "no-hold")])
        ).ok()
        assert (await world.job(job_id)).state is JobState.PENDING
        fixed = await world.ask(Operation.SET_JOB_ATTRIBUTES, which, job=[integer("job-k-octets", 5)])
        fixed.fails(Status.CLIENT_ERROR_ATTRIBUTES_NOT_SETTABLE)
        settable = fixed.unsupported.get("job-k-octets")
        assert settable is not None
        assert settable.tag == Tag.NOT_SETTABLE
        both = [integer("job-priority", 7), keyword("sides", "three-sided")]
        (await world.ask(Operation.SET_JOB_ATTRIBUTES, which, job=both)).fails(
            Status.CLIENT_ERROR_ATTRIBUTES_OR_VALUES_NOT_SUPPORTED
        )
        assert (await world.job(job_id)).priority == 90
        (await world.ask(Operation.SET_JOB_ATTRIBUTES, which)).fails(Status.CLIENT_ERROR_BAD_REQUEST)
        (await world.ask(Operation.SET_JOB_ATTRIBUTES, which, job=changed, user="eve", peer=STRANGER)).fails(
            Status.CLIENT_ERROR_NOT_AUTHORIZED
        )
        await printed(world, job_id)
        (await world.ask(Operation.SET_JOB_ATTRIBUTES, which, job=changed)).fails(
            Status.CLIENT_ERROR_NOT_POSSIBLE
        )

    serve(scenario)


def test_print_again(serve: Serve) -> None:
    async def scenario(world: World) -> None:
        await world.add_queue()
        await world.add_queue("secure", mode=QueueMode.HOLD)
        job_id = (await world.print_job(job=[integer("copies", 2)], data=PDF)).job_id
        which = integer("job-id", job_id)
        for operation in (Operation.RESTART_JOB, Operation.REPROCESS_JOB, Operation.RESUBMIT_JOB):
            (await world.ask(operation, which)).fails(Status.CLIENT_ERROR_NOT_POSSIBLE, "not ended")
        await printed(world, job_id)
        for operation in (Operation.RESTART_JOB, Operation.REPROCESS_JOB, Operation.RESUBMIT_JOB):
            (await world.ask(operation, which, user="eve", peer=STRANGER)).fails(
                Status.CLIENT_ERROR_NOT_AUTHORIZED
            )
        copy = (await world.ask(Operation.REPROCESS_JOB, which)).ok().job_id
        again = await world.ask(Operation.RESUBMIT_JOB, which, job=[integer("copies", 5)])
        assert copy != again.ok().job_id != job_id
        old, new = [(await world.store.read(documents, [one]))[one][0] for one in (job_id, copy)]
        assert (old.sha256, old.format) == (new.sha256, new.format)
        assert old.spool != new.spool
        told = (await world.ask(Operation.GET_JOB_ATTRIBUTES, integer("job-id", again.job_id))).job
        assert told.integer("copies") == 5
        (await world.ask(Operation.RESTART_JOB, which, keyword("job-hold-until", "indefinite"))).ok()
        assert (await world.job(job_id)).state is JobState.HELD
        (await world.ask(Operation.RELEASE_JOB, which)).ok()
        await printed(world, job_id)
        (await world.ask(Operation.RESTART_JOB, which)).ok()
        assert (await world.job(job_id)).state is JobState.PENDING

    serve(scenario)


def test_current_job(serve: Serve) -> None:
    async def scenario(world: World) -> None:
        await world.add_queue()
        first, second = [(await world.print_job()).job_id for _ in range(2)]
        (await world.ask(Operation.CANCEL_CURRENT_JOB)).fails(Status.CLIENT_ERROR_NOT_POSSIBLE)
        (await world.ask(Operation.SUSPEND_CURRENT_JOB)).fails(Status.CLIENT_ERROR_NOT_POSSIBLE)
        ticket = await start_job(world, first)
        assert ticket is not None
        (await world.ask(Operation.CANCEL_CURRENT_JOB, integer("job-id", second))).fails(
            Status.CLIENT_ERROR_NOT_POSSIBLE
        )
        (await world.ask(Operation.SUSPEND_CURRENT_JOB, peer=STRANGER)).fails(Status.CLIENT_ERROR_FORBIDDEN)
        (await world.ask(Operation.SUSPEND_CURRENT_JOB)).ok()
        assert (await world.job(first)).state is JobState.STOPPED
        (await world.ask(Operation.RESUME_JOB, integer("job-id", second))).fails(
            Status.CLIENT_ERROR_NOT_POSSIBLE
        )
        (await world.ask(Operation.RESUME_JOB, integer("job-id", first))).fails(
            Status.CLIENT_ERROR_NOT_POSSIBLE, "still being stopped"
        )
        await stop_job(world, ticket)
        (await world.ask(Operation.RESUME_JOB, integer("job-id", first))).ok()
        await start_job(world, second)
        (await world.ask(Operation.CANCEL_CURRENT_JOB)).ok()
        assert Reason.TO_STOP_POINT in (await world.job(second)).reasons

    serve(scenario)


def test_order(serve: Serve) -> None:
    async def scenario(world: World) -> None:
        await world.add_queue()
        ids = [(await world.print_job()).job_id for _ in range(3)]

        async def order() -> list[int | None]:
            heard = await world.ask(Operation.GET_JOBS)
            return [group.integer("job-id") for group in heard.groups(Tag.JOB_ATTRIBUTES)]

        (await world.ask(Operation.PROMOTE_JOB, integer("job-id", ids[2]))).ok()
        assert await order() == [ids[2], ids[0], ids[1]]
        after = integer("predecessor-job-id", ids[1])
        (await world.ask(Operation.SCHEDULE_JOB_AFTER, integer("job-id", ids[2]), after)).ok()
        assert await order() == ids
        for operation in (Operation.PROMOTE_JOB, Operation.SCHEDULE_JOB_AFTER):
            (await world.ask(operation, integer("job-id", ids[2]), peer=STRANGER)).fails(
                Status.CLIENT_ERROR_FORBIDDEN
            )

    serve(scenario)


def test_move(serve: Serve) -> None:
    async def scenario(world: World) -> None:
        await world.add_queue()
        await world.add_queue("other")
        await world.add_queue("secure", mode=QueueMode.HOLD)
        await world.add_queue("closed", accepting=False)
        first, second, third = [(await world.print_job()).job_id for _ in range(3)]

        def to(queue: str) -> list[Attribute]:
            return [uri("job-printer-uri", f"ipp://localhost/printers/{queue}")]

        by_uri = uri("job-uri", f"ipp://localhost/jobs/{first}")
        (await world.ask(Operation.CUPS_MOVE_JOB, by_uri, to=None, job=to("other"))).ok()
        other = world.directory.queue("other")
        secure = world.directory.queue("secure")
        assert other is not None
        assert secure is not None
        assert (await world.job(first)).queue == other.queue.id
        job_id = integer("job-id", second)
        (await world.ask(Operation.CUPS_MOVE_JOB, job_id, job=to("secure"))).ok()
        moved = await world.job(second)
        assert (moved.queue, moved.state, moved.hold_reason) == (
            secure.queue.id,
            JobState.HELD,
            Reason.RELEASE_WAIT,
        )
        (await world.ask(Operation.CUPS_MOVE_JOB, integer("job-id", third), job=to("closed"))).fails(
            Status.SERVER_ERROR_NOT_ACCEPTING_JOBS
        )
        (await world.ask(Operation.CUPS_MOVE_JOB, integer("job-id", third), job=to("gone"))).fails(
            Status.CLIENT_ERROR_NOT_FOUND
        )
        (await world.ask(Operation.CUPS_MOVE_JOB, integer("job-id", third))).fails(
            Status.CLIENT_ERROR_BAD_REQUEST, "job-printer-uri"
        )
        (await world.ask(Operation.CUPS_MOVE_JOB, job=to("other"), peer=STRANGER)).fails(
            Status.CLIENT_ERROR_FORBIDDEN
        )
        (await world.ask(Operation.CUPS_MOVE_JOB, job=to("other"))).ok()
        assert (await world.job(third)).queue == other.queue.id

    serve(scenario)


def test_documents(serve: Serve) -> None:
    async def scenario(world: World) -> None:
        await world.add_queue()
        job_id = (await world.ask(Operation.CREATE_JOB)).job_id
        which = integer("job-id", job_id)
        for number, data in enumerate((PDF, TEXT), 1):
            await world.ask(
                Operation.SEND_DOCUMENT,
                which,
                boolean("last-document", number == 2),
                name("document-name", f"d{number}"),
                data=data,
            )
        listed = (await world.ask(Operation.GET_DOCUMENTS, which)).ok().groups(Tag.DOCUMENT_ATTRIBUTES)
        assert [group.integer("document-number") for group in listed] == [1, 2]
        assert [group.boolean("last-document") for group in listed] == [False, True]
        second = [which, integer("document-number", 2)]
        told = (await world.ask(Operation.GET_DOCUMENT_ATTRIBUTES, *second)).groups(Tag.DOCUMENT_ATTRIBUTES)[
            0
        ]
        assert told.string("document-name") == "d2"
        assert told.string("document-format") == "text/plain"
        assert told.integer("document-state") == 3
        renamed = [(Tag.DOCUMENT_ATTRIBUTES, [name("document-name", "renamed")])]
        (await world.ask(Operation.SET_DOCUMENT_ATTRIBUTES, *second, groups=renamed)).ok()
        fixed = [(Tag.DOCUMENT_ATTRIBUTES, [integer("k-octets", 1)])]
        (await world.ask(Operation.SET_DOCUMENT_ATTRIBUTES, *second, groups=fixed)).fails(
            Status.CLIENT_ERROR_ATTRIBUTES_NOT_SETTABLE
        )
        (await world.ask(Operation.SET_DOCUMENT_ATTRIBUTES, *second)).fails(Status.CLIENT_ERROR_BAD_REQUEST)
        got = await world.ask(Operation.CUPS_GET_DOCUMENT, *second)
        assert got.ok().data == TEXT
        assert got.job.string("document-name") == "renamed"
        (await world.ask(Operation.GET_DOCUMENT_ATTRIBUTES, which, integer("document-number", 9))).fails(
            Status.CLIENT_ERROR_NOT_FOUND
        )
        (await world.ask(Operation.CUPS_GET_DOCUMENT, which)).fails(Status.CLIENT_ERROR_BAD_REQUEST)
        for operation in (Operation.CANCEL_DOCUMENT, Operation.DELETE_DOCUMENT):
            (await world.ask(operation, *second, user="eve", peer=STRANGER)).fails(
                Status.CLIENT_ERROR_NOT_AUTHORIZED
            )
        (await world.ask(Operation.DELETE_DOCUMENT, *second)).ok()
        assert (await world.job(job_id)).documents == 1
        (await world.ask(Operation.CANCEL_DOCUMENT, which, integer("document-number", 1))).ok()
        assert (await world.job(job_id)).state is JobState.CANCELED

    serve(scenario)


def test_a_canceled_document_stays_to_be_seen(serve: Serve) -> None:
    async def scenario(world: World) -> None:
        await world.add_queue()
        job_id = (await world.ask(Operation.CREATE_JOB)).job_id
        which = integer("job-id", job_id)
        for number in (1, 2, 3):
            last = boolean("last-document", number == 3)
            await world.ask(Operation.SEND_DOCUMENT, which, last, data=PDF)
        third = [which, integer("document-number", 3)]
        (await world.ask(Operation.CANCEL_DOCUMENT, *third)).ok()
        again = await world.ask(Operation.CANCEL_DOCUMENT, *third)
        again.fails(Status.CLIENT_ERROR_NOT_POSSIBLE, "canceled already")
        everything = keyword("requested-attributes", "all")
        listed = (await world.ask(Operation.GET_DOCUMENTS, which, everything)).groups(Tag.DOCUMENT_ATTRIBUTES)
        assert [group.integer("document-state") for group in listed] == [3, 3, 7]
        assert [group.boolean("last-document") for group in listed] == [False, False, True]
        assert listed[2].strings("document-state-reasons") == ("canceled-by-user",)
        ticket = await start_job(world, job_id)
        assert ticket is not None and [paper.number for paper in ticket.documents] == [1, 2]
        await finish_job(world, ticket)
        told = (await world.ask(Operation.GET_DOCUMENT_ATTRIBUTES, *third)).groups(Tag.DOCUMENT_ATTRIBUTES)[0]
        assert told.integer("document-state") == 7
        assert (told.integer("time-at-completed") or 0) > 0 and told.integer("time-at-processing") is None
        first = [which, integer("document-number", 1)]
        told = (await world.ask(Operation.GET_DOCUMENT_ATTRIBUTES, *first)).groups(Tag.DOCUMENT_ATTRIBUTES)[0]
        assert told.integer("document-state") == 9
        copy = (await world.ask(Operation.REPROCESS_JOB, which)).ok().job_id
        papers = (await world.store.read(documents, [copy], canceled=True))[copy]
        assert [paper.number for paper in papers] == [1, 2]

    serve(scenario)


@pytest.mark.parametrize("operation", [Operation.CUPS_AUTHENTICATE_JOB, Operation.CLOSE_JOB])
def test_nothing_to_do(serve: Serve, operation: Operation) -> None:
    async def scenario(world: World) -> None:
        await world.add_queue()
        job_id = (await world.print_job()).job_id
        (await world.ask(operation, integer("job-id", job_id))).fails(Status.CLIENT_ERROR_NOT_POSSIBLE)

    serve(scenario)


def test_job_cancel_after(serve: Serve) -> None:
    async def scenario(world: World) -> None:
        await world.add_queue()
        asked = keyword("requested-attributes", "job-cancel-after-default", "job-cancel-after-supported")
        told = (await world.ask(Operation.GET_PRINTER_ATTRIBUTES, asked)).ok().printer
        default, supported = told.get("job-cancel-after-default"), told.get("job-cancel-after-supported")
        assert default is not None and default.tag == Tag.NO_VALUE
        assert supported is not None and supported.first == Range(1, 2_147_483_647)
        job_id = (await world.print_job(job=[integer("job-cancel-after", 60)])).ok().job_id
        shown = await world.ask(Operation.GET_JOB_ATTRIBUTES, integer("job-id", job_id))
        assert shown.ok().job.integer("job-cancel-after") == 60
        refused = await world.print_job(job=[integer("job-cancel-after", 0)])
        assert refused.status == Status.SUCCESSFUL_OK_IGNORED_OR_SUBSTITUTED_ATTRIBUTES
        change = integer("job-cancel-after", 90)
        (await world.ask(Operation.SET_JOB_ATTRIBUTES, integer("job-id", job_id), job=[change])).ok()
        half = [(Tag.PRINTER_ATTRIBUTES, [integer("job-cancel-after-default", 30)])]
        (await world.ask(Operation.SET_PRINTER_ATTRIBUTES, groups=half)).ok()
        told = (await world.ask(Operation.GET_PRINTER_ATTRIBUTES, asked)).ok().printer
        assert told.integer("job-cancel-after-default") == 30
        other = (await world.print_job()).ok().job_id
        after = {one: cancel_after_s((await world.job(one)).attributes) for one in (job_id, other)}
        assert after == {job_id: 90, other: 30}

    serve(scenario)
