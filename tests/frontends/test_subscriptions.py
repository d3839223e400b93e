"""Event subscriptions with ippget (RFC 3995, RFC 3996): made, read, renewed, ended, waited for."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import replace
from typing import Any

from plantin.core.limits import SUBSCRIPTIONS_PER_JOB_MAX
from plantin.frontends.ipp import IppSettings
from plantin.ipp import Attribute, Group, Operation, Status, Tag
from plantin.ipp.attributes import boolean, integer, keyword, octets, text, uri
from plantin.store.models import Subscription
from tests.frontends.harness import STRANGER, Heard, World, finish_job, start_job

Serve = Callable[..., None]
PULL = keyword("notify-pull-method", "ippget")


async def subscribe(
    world: World, *attributes: Attribute, operation: int = Operation.CREATE_PRINTER_SUBSCRIPTIONS, **how: Any
) -> Heard:
    groups = [(Tag.SUBSCRIPTION_ATTRIBUTES, [PULL, *attributes])]
    return await world.ask(operation, groups=groups, **how)


async def subscription(world: World, *attributes: Attribute, **how: Any) -> int:
    made = (await subscribe(world, *attributes, **how)).ok()
    found = made.groups(Tag.SUBSCRIPTION_ATTRIBUTES)[0].integer("notify-subscription-id")
    assert found is not None
    return found


async def events(world: World, subscription_id: int, first: int = 1, **how: Any) -> list[Group]:
    heard = await world.ask(
        Operation.GET_NOTIFICATIONS,
        integer("notify-subscription-ids", subscription_id),
        integer("notify-sequence-numbers", first),
        **how,
    )
    assert heard.ok().message.operation_attributes.integer("notify-get-interval")
    return heard.groups(Tag.EVENT_NOTIFICATION_ATTRIBUTES)


def told(groups: list[Group]) -> list[tuple[int | None, str | None]]:
    return [
        (group.integer("notify-sequence-number"), group.string("notify-subscribed-event")) for group in groups
    ]


def test_events_of_a_printer(serve: Serve) -> None:
    async def scenario(world: World) -> None:
        await world.add_queue()
        await world.add_queue("other")
        number = await subscription(
            world,
            keyword("notify-events", "job-created", "job-completed", "job-state-changed", "printer-stopped"),
            octets("notify-user-data", b"mine"),
        )
        await world.print_job(to="/printers/other")
        job_id = (await world.print_job()).job_id
        ticket = await start_job(world, job_id)
        assert ticket is not None
        await finish_job(world, ticket)
        await world.ask(Operation.PAUSE_PRINTER, text("printer-state-message", "off"))
        heard = await events(world, number)
        assert told(heard) == [
            (1, "job-created"),
            (2, "job-state-changed"),
            (3, "job-completed"),
            (4, "printer-stopped"),
        ]
        assert heard[0].integer("job-id") == job_id
        assert heard[2].integer("job-state") == 9
        assert heard[2].first("notify-user-data") == b"mine"
        assert heard[3].integer("printer-state") == 5
        assert f"job {job_id}" in (heard[0].string("notify-text") or "")
        assert told(await events(world, number, 4)) == [(4, "printer-stopped")]
        assert await events(world, number, 5) == []

    serve(scenario)


def test_events_of_the_server(serve: Serve) -> None:
    async def scenario(world: World) -> None:
        number = await subscription(world, keyword("notify-events", "all"), to="/")
        await world.add_queue()
        names = [name for _, name in told(await events(world, number, to="/"))]
        assert "printer-created" in names

    serve(scenario)


def test_events_of_a_job(serve: Serve) -> None:
    async def scenario(world: World) -> None:
        await world.add_queue()
        wish = [PULL, keyword("notify-events", "job-created", "job-completed")]
        heard = (await world.print_job(groups=[(Tag.SUBSCRIPTION_ATTRIBUTES, wish)])).ok()
        number = heard.groups(Tag.SUBSCRIPTION_ATTRIBUTES)[0].integer("notify-subscription-id")
        assert number is not None
        await world.print_job()
        await world.ask(Operation.CANCEL_JOB, integer("job-id", heard.job_id))
        assert told(await events(world, number)) == [(1, "job-created"), (2, "job-completed")]
        about = await world.ask(
            Operation.GET_SUBSCRIPTION_ATTRIBUTES, integer("notify-subscription-id", number)
        )
        described = about.ok().groups(Tag.SUBSCRIPTION_ATTRIBUTES)[0]
        assert described.integer("notify-job-id") == heard.job_id
        assert "notify-lease-duration" not in described
        (await world.ask(Operation.RENEW_SUBSCRIPTION, integer("notify-subscription-id", number))).fails(
            Status.CLIENT_ERROR_NOT_POSSIBLE, "no lease"
        )

    serve(scenario)


def test_subscribing_to_a_job_later(serve: Serve) -> None:
    async def scenario(world: World) -> None:
        await world.add_queue()
        job_id = (await world.print_job(peer=STRANGER)).job_id
        groups = [(Tag.SUBSCRIPTION_ATTRIBUTES, [PULL])]
        which = integer("notify-job-id", job_id)
        create = Operation.CREATE_JOB_SUBSCRIPTIONS
        (await world.ask(create, which, groups=groups, user="eve", peer=STRANGER)).fails(
            Status.CLIENT_ERROR_NOT_AUTHORIZED
        )
        (await world.ask(create, which)).fails(Status.CLIENT_ERROR_BAD_REQUEST)
        (await world.ask(create, integer("notify-job-id", 99), groups=groups)).fails(
            Status.CLIENT_ERROR_NOT_FOUND
        )
        (await world.ask(create, which, groups=groups, peer=STRANGER)).ok()
        listed = await world.ask(Operation.GET_SUBSCRIPTIONS, which)
        assert len(listed.ok().groups(Tag.SUBSCRIPTION_ATTRIBUTES)) == 1
        await world.ask(Operation.CANCEL_JOB, integer("job-id", job_id))
        (await world.ask(create, which, groups=groups)).fails(Status.CLIENT_ERROR_NOT_POSSIBLE)

    serve(scenario)


def test_recipients_are_refused_honestly(serve: Serve) -> None:
    """``lp -m`` asks for mail: the job is taken, the subscription is not, and its group says so."""

    async def scenario(world: World) -> None:
        await world.add_queue()
        mail = [uri("notify-recipient-uri", "mailto:alice@example.org")]
        heard = await world.print_job(groups=[(Tag.SUBSCRIPTION_ATTRIBUTES, mail)])
        assert heard.ok().job_id
        group = heard.groups(Tag.SUBSCRIPTION_ATTRIBUTES)[0]
        assert group.integer("notify-status-code") == Status.CLIENT_ERROR_URI_SCHEME_NOT_SUPPORTED
        assert "notify-subscription-id" not in group
        alone = await world.ask(
            Operation.CREATE_PRINTER_SUBSCRIPTIONS, groups=[(Tag.SUBSCRIPTION_ATTRIBUTES, mail)]
        )
        assert alone.status == Status.CLIENT_ERROR_IGNORED_ALL_SUBSCRIPTIONS
        both = await world.ask(
            Operation.CREATE_PRINTER_SUBSCRIPTIONS,
            groups=[(Tag.SUBSCRIPTION_ATTRIBUTES, mail), (Tag.SUBSCRIPTION_ATTRIBUTES, [PULL])],
        )
        assert both.status == Status.SUCCESSFUL_OK_IGNORED_SUBSCRIPTIONS

    serve(scenario)


def test_wishes_that_are_wrong(serve: Serve) -> None:
    async def scenario(world: World) -> None:
        await world.add_queue()
        (await world.ask(Operation.CREATE_PRINTER_SUBSCRIPTIONS)).fails(Status.CLIENT_ERROR_BAD_REQUEST)
        nothing = [(Tag.SUBSCRIPTION_ATTRIBUTES, [keyword("notify-events", "all")])]
        (await world.ask(Operation.CREATE_PRINTER_SUBSCRIPTIONS, groups=nothing)).fails(
            Status.CLIENT_ERROR_BAD_REQUEST
        )
        (await subscribe(world, octets("notify-user-data", b"x" * 64))).fails(Status.CLIENT_ERROR_BAD_REQUEST)
        (await subscribe(world, octets("notify-user-data", b"x" * 63))).ok()
        odd = await subscribe(world, keyword("notify-events", "job-completed", "coffee-ready"))
        group = odd.ok().groups(Tag.SUBSCRIPTION_ATTRIBUTES)[0]
        assert group.strings("notify-events") == ("coffee-ready",)
        assert group.integer("notify-status-code") == Status.SUCCESSFUL_OK_IGNORED_OR_SUBSTITUTED_ATTRIBUTES

    serve(scenario)


def test_too_many(serve: Serve) -> None:
    async def scenario(world: World) -> None:
        await world.add_queue()
        job_id = (await world.print_job()).job_id
        groups = [(Tag.SUBSCRIPTION_ATTRIBUTES, [PULL])] * (SUBSCRIPTIONS_PER_JOB_MAX + 1)
        heard = await world.ask(
            Operation.CREATE_JOB_SUBSCRIPTIONS, integer("notify-job-id", job_id), groups=groups
        )
        assert heard.status == Status.SUCCESSFUL_OK_IGNORED_SUBSCRIPTIONS
        codes = [group.integer("notify-status-code") for group in heard.groups(Tag.SUBSCRIPTION_ATTRIBUTES)]
        assert codes == [None] * SUBSCRIPTIONS_PER_JOB_MAX + [Status.CLIENT_ERROR_TOO_MANY_SUBSCRIPTIONS]

    serve(scenario)


def test_the_administrator_sets_how_many_there_may_be(serve: Serve) -> None:
    async def scenario(world: World) -> None:
        await world.add_queue()
        made = [(await subscribe(world)).ok() for _ in range(2)]
        full = (await subscribe(world)).fails(Status.CLIENT_ERROR_TOO_MANY_SUBSCRIPTIONS)
        group = full.groups(Tag.SUBSCRIPTION_ATTRIBUTES)[0]
        assert group.integer("notify-status-code") == Status.CLIENT_ERROR_TOO_MANY_SUBSCRIPTIONS
        listed = (await world.ask(Operation.GET_SUBSCRIPTIONS)).ok().groups(Tag.SUBSCRIPTION_ATTRIBUTES)
        assert len(listed) == 2
        first = made[0].groups(Tag.SUBSCRIPTION_ATTRIBUTES)[0].integer("notify-subscription-id")
        assert first is not None
        gone = integer("notify-subscription-id", first)
        (await world.ask(Operation.CANCEL_SUBSCRIPTION, gone)).ok()
        (await subscribe(world)).ok()

    serve(scenario, settings=IppSettings(subscriptions_max=2))


def test_leases(serve: Serve) -> None:
    async def scenario(world: World) -> None:
        await world.add_queue()
        number = await subscription(world, integer("notify-lease-duration", 100))
        which = integer("notify-subscription-id", number)
        for operation in (Operation.RENEW_SUBSCRIPTION, Operation.CANCEL_SUBSCRIPTION):
            (await world.ask(operation, which, user="eve", peer=STRANGER)).fails(
                Status.CLIENT_ERROR_NOT_AUTHORIZED
            )
            (await world.ask(operation)).fails(Status.CLIENT_ERROR_BAD_REQUEST)
        renewed = await world.ask(Operation.RENEW_SUBSCRIPTION, which, integer("notify-lease-duration", 200))
        lease = renewed.ok().groups(Tag.SUBSCRIPTION_ATTRIBUTES)[0].integer("notify-lease-duration")
        assert lease == 200
        long = [(Tag.SUBSCRIPTION_ATTRIBUTES, [integer("notify-lease-duration", 999_999)])]
        renewed = await world.ask(Operation.RENEW_SUBSCRIPTION, which, groups=long, to="/")
        lease = renewed.ok().groups(Tag.SUBSCRIPTION_ATTRIBUTES)[0].integer("notify-lease-duration")
        assert lease == 86_400
        (await world.ask(Operation.CANCEL_SUBSCRIPTION, which)).ok()
        for operation in (Operation.GET_SUBSCRIPTION_ATTRIBUTES, Operation.CANCEL_SUBSCRIPTION):
            (await world.ask(operation, which)).fails(Status.CLIENT_ERROR_NOT_FOUND)
        over = await subscription(world)
        await world.store.write(_expire, over)
        (await world.ask(Operation.GET_NOTIFICATIONS, integer("notify-subscription-ids", over))).fails(
            Status.CLIENT_ERROR_NOT_FOUND
        )
        assert not (await world.ask(Operation.GET_SUBSCRIPTIONS)).groups(Tag.SUBSCRIPTION_ATTRIBUTES)

    serve(scenario)


def _expire(number: int) -> None:
    Subscription.objects.filter(pk=number).update(expires_at=1)


def test_lists(serve: Serve) -> None:
    async def scenario(world: World) -> None:
        await world.add_queue()
        own = await subscription(world)
        await subscription(world, user="bob")
        listed = await world.ask(Operation.GET_SUBSCRIPTIONS, boolean("my-subscriptions", True))
        found = listed.ok().groups(Tag.SUBSCRIPTION_ATTRIBUTES)
        assert [group.integer("notify-subscription-id") for group in found] == [own]
        everywhere = await world.ask(Operation.GET_SUBSCRIPTIONS, to="/")
        assert len(everywhere.groups(Tag.SUBSCRIPTION_ATTRIBUTES)) == 2
        one = await world.ask(Operation.GET_SUBSCRIPTIONS, integer("limit", 1))
        assert len(one.groups(Tag.SUBSCRIPTION_ATTRIBUTES)) == 1

    serve(scenario)


def test_old_events_are_counted_and_gone(serve: Serve) -> None:
    async def scenario(world: World) -> None:
        await world.add_queue()
        number = await subscription(world, keyword("notify-events", "job-created"))
        await world.print_job()
        await asyncio.sleep(0.01)
        await world.print_job()
        heard = told(await events(world, number))
        assert heard in ([(2, "job-created")], [])

    serve(scenario, settings=replace(IppSettings(), ippget_event_life_s=0))


def test_waiting(serve: Serve) -> None:
    async def scenario(world: World) -> None:
        await world.add_queue()
        number = await subscription(world, keyword("notify-events", "job-created"))
        waiting = asyncio.create_task(
            world.ask(
                Operation.GET_NOTIFICATIONS,
                integer("notify-subscription-ids", number),
                boolean("notify-wait", True),
            )
        )
        await asyncio.sleep(0.05)
        assert not waiting.done()
        await world.print_job()
        heard = await asyncio.wait_for(waiting, 20)
        assert told(heard.groups(Tag.EVENT_NOTIFICATION_ATTRIBUTES)) == [(1, "job-created")]

    serve(scenario)


def test_waiting_ends(serve: Serve) -> None:
    async def scenario(world: World) -> None:
        await world.add_queue()
        number = await subscription(world)
        heard = await world.ask(
            Operation.GET_NOTIFICATIONS,
            integer("notify-subscription-ids", number),
            boolean("notify-wait", True),
        )
        assert not heard.ok().groups(Tag.EVENT_NOTIFICATION_ATTRIBUTES)
        for wrong in (
            [],
            [integer("notify-subscription-ids", number), integer("notify-sequence-numbers", 1, 2)],
            [integer("notify-subscription-ids", *range(1, 102))],
        ):
            (await world.ask(Operation.GET_NOTIFICATIONS, *wrong)).fails(Status.CLIENT_ERROR_BAD_REQUEST)

    serve(scenario, settings=replace(IppSettings(), notify_wait_s_max=0))
