"""Administration of queues over IPP: state operations, Set-Printer-Attributes and CUPS' own."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from plantin.core.states import JobState, Reason
from plantin.devices import Found
from plantin.ipp import Attribute, Collection, Operation, Status, Tag
from plantin.ipp.attributes import (
    boolean,
    collection,
    delete_attribute,
    enum,
    integer,
    keyword,
    mime,
    name,
    text,
    uri,
)
from plantin.store.queries.directory import changes_after
from tests.frontends.harness import PDF, STRANGER, World

Serve = Callable[..., None]


async def seen(world: World, *names: str, to: str = "/printers/q") -> Any:
    heard = await world.ask(Operation.GET_PRINTER_ATTRIBUTES, keyword("requested-attributes", *names), to=to)
    return heard.ok().printer


async def state(world: World, to: str = "/printers/q") -> tuple[int, tuple[str, ...], bool, str]:
    found = await seen(
        world,
        "printer-state",
        "printer-state-reasons",
        "printer-is-accepting-jobs",
        "printer-state-message",
        to=to,
    )
    return (
        found.integer("printer-state"),
        found.strings("printer-state-reasons"),
        found.boolean("printer-is-accepting-jobs"),
        found.string("printer-state-message"),
    )


IDLE = (3, ("none",), True, "")


@pytest.mark.parametrize(
    ("does", "changed", "undoes"),
    [
        (Operation.PAUSE_PRINTER, (5, ("paused",), True, "why"), Operation.RESUME_PRINTER),
        (Operation.PAUSE_PRINTER_AFTER_CURRENT_JOB, (5, ("paused",), True, "why"), Operation.RESUME_PRINTER),
        (Operation.DISABLE_PRINTER, (3, ("none",), False, "why"), Operation.ENABLE_PRINTER),
        (Operation.CUPS_REJECT_JOBS, (3, ("none",), False, "why"), Operation.CUPS_ACCEPT_JOBS),
        (Operation.HOLD_NEW_JOBS, (3, ("hold-new-jobs",), True, "why"), Operation.RELEASE_HELD_NEW_JOBS),
        (Operation.DEACTIVATE_PRINTER, (5, ("deactivated",), False, "why"), Operation.ACTIVATE_PRINTER),
        (Operation.SHUTDOWN_PRINTER, (5, ("shutdown",), False, "why"), Operation.STARTUP_PRINTER),
        (Operation.SHUTDOWN_PRINTER, (5, ("shutdown",), False, "why"), Operation.RESTART_PRINTER),
    ],
)
def test_state_operations(serve: Serve, does: Operation, changed: Any, undoes: Operation) -> None:
    async def scenario(world: World) -> None:
        await world.add_queue()
        for operation in (does, undoes):
            (await world.ask(operation, peer=STRANGER)).fails(Status.CLIENT_ERROR_FORBIDDEN, STRANGER)
            (await world.ask(operation, to="/printers/none")).fails(Status.CLIENT_ERROR_NOT_FOUND)
            (await world.ask(operation, to="/")).fails(Status.CLIENT_ERROR_NOT_FOUND)
        assert await state(world) == IDLE
        (await world.ask(does, text("printer-state-message", "why"))).ok()
        assert await state(world) == changed
        (await world.ask(undoes)).ok()
        assert await state(world) == IDLE

    serve(scenario)


def test_release_held_new_jobs(serve: Serve) -> None:
    async def scenario(world: World) -> None:
        await world.add_queue()
        own = (await world.print_job(job=[keyword("job-hold-until", "indefinite")])).job_id
        (await world.ask(Operation.HOLD_NEW_JOBS)).ok()
        new = (await world.print_job()).job_id
        assert (await world.job(new)).hold_reason == Reason.NEW_JOBS_HELD
        (await world.ask(Operation.RELEASE_HELD_NEW_JOBS)).ok()
        assert (await world.job(new)).state is JobState.PENDING
        assert (await world.job(own)).state is JobState.HELD

    serve(scenario)


def test_operators_message(serve: Serve) -> None:
    async def scenario(world: World) -> None:
        await world.add_queue()
        (await world.ask(Operation.PAUSE_PRINTER, text("printer-message-from-operator", "toner"))).ok()
        told = await seen(world, "printer-message-from-operator")
        assert told.string("printer-message-from-operator") == "toner"

    serve(scenario)


def test_the_state_follows_the_device(serve: Serve) -> None:
    from plantin.store.commands.config import device_reported

    async def scenario(world: World) -> None:
        await world.add_queue()
        entry = world.directory.queue("q")
        assert entry is not None
        device = entry.devices[0]
        await world.store.write(
            device_reported,
            device.id,
            event=True,
            state=5,
            state_reasons="media-empty-error media-needed",
            state_message="tray 1 is empty",
            supplies='{"marker-names": ["black"], "marker-levels": [12], "marker-types": ["toner"]}',
        )
        await world.directory.refresh()
        assert await state(world) == (5, ("media-empty-error", "media-needed"), True, "tray 1 is empty")
        told = await seen(world, "marker-levels", "printer-supply", "printer-alert", "marker-names")
        assert told.integers("marker-levels") == (12,)
        assert b"level=12" in told.first("printer-supply")
        assert b"mediaEmpty" in told.first("printer-alert")

    serve(scenario)


def test_set_printer_attributes(serve: Serve) -> None:
    async def scenario(world: World) -> None:
        await world.add_queue()

        async def set_(*attributes: Attribute, **how: Any) -> Any:
            groups = [(Tag.PRINTER_ATTRIBUTES, attributes)]
            return await world.ask(Operation.SET_PRINTER_ATTRIBUTES, groups=groups, **how)

        (await set_(text("printer-info", "x"), peer=STRANGER)).fails(Status.CLIENT_ERROR_FORBIDDEN)
        (await set_()).fails(Status.CLIENT_ERROR_BAD_REQUEST)
        (
            await set_(
                text("printer-info", "Second floor"),
                uri("printer-geo-location", "geo:51.2,4.4"),
                keyword("sides-default", "two-sided-long-edge"),
                keyword("media-default", "A4"),
            )
        ).ok()
        names = ("printer-info", "printer-geo-location", "sides-default", "media-default")
        told = await seen(world, *names)
        assert [told.string(one) for one in names] == [
            "Second floor",
            "geo:51.2,4.4",
            "two-sided-long-edge",
            "iso_a4_210x297mm",
        ]
        job_id = (await world.print_job()).job_id
        job = (await world.ask(Operation.GET_JOB_ATTRIBUTES, integer("job-id", job_id))).job
        assert job.string("sides") == "two-sided-long-edge"
        chosen = (await world.print_job(job=[keyword("sides", "one-sided")])).job_id
        job = (await world.ask(Operation.GET_JOB_ATTRIBUTES, integer("job-id", chosen))).job
        assert job.string("sides") == "one-sided"
        (await set_(delete_attribute("sides-default"))).ok()
        assert (await seen(world, "sides-default")).string("sides-default") == "one-sided"
        (await set_(keyword("sides-default", "three-sided"))).fails(
            Status.CLIENT_ERROR_ATTRIBUTES_OR_VALUES_NOT_SUPPORTED
        )
        fixed = await set_(text("printer-info", "not this"), integer("printer-up-time", 1))
        fixed.fails(Status.CLIENT_ERROR_ATTRIBUTES_NOT_SETTABLE, "printer-up-time")
        assert (await seen(world, "printer-info")).string("printer-info") == "Second floor"

    serve(scenario)


def test_supported_values(serve: Serve) -> None:
    async def scenario(world: World) -> None:
        await world.add_queue()
        told = (await world.ask(Operation.GET_PRINTER_SUPPORTED_VALUES)).ok().printer
        assert "two-sided-long-edge" in told.strings("sides-default")
        info = told.get("printer-info")
        assert info is not None
        assert info.tag == Tag.ADMIN_DEFINE

    serve(scenario)


def test_identify(serve: Serve) -> None:
    async def scenario(world: World) -> None:
        await world.add_queue()
        (
            await world.ask(
                Operation.IDENTIFY_PRINTER, keyword("identify-actions", "flash"), text("message", "here")
            )
        ).ok()
        assert world.identified == [("q-device", ("flash",), "here")]
        (await world.ask(Operation.IDENTIFY_PRINTER, keyword("identify-actions", "dance"))).fails(
            Status.CLIENT_ERROR_ATTRIBUTES_OR_VALUES_NOT_SUPPORTED
        )

    serve(scenario)


def test_get_user_printer_attributes(serve: Serve) -> None:
    async def scenario(world: World) -> None:
        await world.add_queue(allowed_users=["bob"])
        (await world.ask(Operation.GET_USER_PRINTER_ATTRIBUTES)).fails(Status.CLIENT_ERROR_NOT_AUTHORIZED)
        told = (await world.ask(Operation.GET_USER_PRINTER_ATTRIBUTES, user="bob")).ok()
        assert told.printer.string("printer-name") == "q"

    serve(scenario)


async def add(world: World, to: str, *attributes: Attribute, data: bytes = b"", **how: Any) -> Any:
    groups = [(Tag.PRINTER_ATTRIBUTES, attributes)]
    return await world.ask(Operation.CUPS_ADD_MODIFY_PRINTER, to=to, groups=groups, data=data, **how)


def test_add_and_change_a_printer(serve: Serve) -> None:
    async def scenario(world: World) -> None:
        to = "/printers/new"
        at = uri("device-uri", "socket://192.0.2.50")
        (await add(world, to, at, peer=STRANGER)).fails(Status.CLIENT_ERROR_FORBIDDEN)
        (await add(world, to, uri("device-uri", "usb://HP/LaserJet"))).fails(
            Status.CLIENT_ERROR_NOT_POSSIBLE, "schemes"
        )
        (await add(world, "/printers/a%23b", at)).fails(Status.CLIENT_ERROR_BAD_REQUEST)
        (await add(world, "/", at)).fails(Status.CLIENT_ERROR_BAD_REQUEST)
        enabled = [enum("printer-state", 3), boolean("printer-is-accepting-jobs", True)]
        (await add(world, to, at, *enabled, text("printer-info", "New"))).ok()
        assert await state(world, to) == IDLE
        told = await seen(world, "device-uri", "printer-info", to=to)
        assert (told.string("device-uri"), told.string("printer-info")) == ("socket://192.0.2.50", "New")
        (await add(world, to, uri("device-uri", "socket://192.0.2.51"))).ok()
        assert (await seen(world, "device-uri", to=to)).string("device-uri") == "socket://192.0.2.51"
        assert len(world.directory.devices()) == 1
        users = name("requesting-user-name-allowed", "bob", "carol")
        (await add(world, to, users, name("printer-error-policy", "abort-job"))).ok()
        (await world.print_job(to=to)).fails(Status.CLIENT_ERROR_NOT_AUTHORIZED)
        assert (await seen(world, "printer-error-policy", to=to)).string(
            "printer-error-policy"
        ) == "abort-job"
        (await add(world, to, name("requesting-user-name-allowed", "all"))).ok()
        (await world.print_job(to=to)).ok()
        (await add(world, to, name("requesting-user-name-denied", "alice"))).ok()
        (await world.print_job(to=to)).fails(Status.CLIENT_ERROR_NOT_AUTHORIZED)
        (await add(world, to, name("requesting-user-name-denied", "none"))).ok()
        (await world.print_job(to=to)).ok()
        odd = await add(world, to, name("job-sheets-default", "secret", "none"), name("x-thing", "y"))
        assert odd.status == Status.SUCCESSFUL_OK_IGNORED_OR_SUBSTITUTED_ATTRIBUTES
        assert {attribute.name for attribute in odd.unsupported} == {"job-sheets-default", "x-thing"}
        (await add(world, to, delete_attribute("printer-info"))).ok()
        assert (await seen(world, "printer-info", to=to)).string("printer-info") == "new"

    serve(scenario)


def test_a_driver_or_a_ppd_is_refused_in_words(serve: Serve) -> None:
    """Clients show no warning of an operation that went well: what is not done has to be an error."""

    async def scenario(world: World) -> None:
        at = uri("device-uri", "socket://192.0.2.50")
        told = await add(world, "/printers/new", at, data=b'*PPD-Adobe: "4.3"\n' * 1000)
        told.fails(Status.CLIENT_ERROR_NOT_POSSIBLE, "PPDs are not used")
        assert world.directory.queue("new") is None
        for driver in ("drv:///sample.drv/generic.ppd", "lsb/usr/x.ppd.gz"):
            told = await world.ask(
                Operation.CUPS_ADD_MODIFY_PRINTER,
                name("ppd-name", driver),
                to="/printers/new",
                groups=[(Tag.PRINTER_ATTRIBUTES, [at])],
            )
            told.fails(Status.CLIENT_ERROR_NOT_POSSIBLE, f"there is no driver {driver!r}")
        assert world.directory.queue("new") is None
        (await add(world, "/printers/new", data=b"x" * (8 * 1024 * 1024 + 1))).fails(
            Status.CLIENT_ERROR_REQUEST_ENTITY_TOO_LARGE
        )

    serve(scenario)


async def add_everywhere(world: World, to: str, at: str) -> Any:
    return await world.ask(
        Operation.CUPS_ADD_MODIFY_PRINTER,
        name("ppd-name", "everywhere"),
        to=to,
        groups=[(Tag.PRINTER_ATTRIBUTES, [uri("device-uri", at)])],
    )


def test_everywhere_wants_a_device_that_can_be_reached(serve: Serve) -> None:
    async def scenario(world: World) -> None:
        asked = []

        async def trouble_with(device_uri: str) -> str:
            asked.append(device_uri)
            return "" if device_uri.endswith("on") else f"{device_uri} refuses connections"

        world.server.context = replace(world.context, trouble_with=trouble_with)
        failed = await add_everywhere(world, "/printers/new", "ipp://192.0.2.50/off")
        failed.fails(Status.SERVER_ERROR_DEVICE_ERROR, "ipp://192.0.2.50/off refuses connections")
        assert world.directory.queue("new") is None and not world.directory.devices()
        (await add_everywhere(world, "/printers/new", "ipp://192.0.2.50/on")).ok()
        failed = await add_everywhere(world, "/printers/new", "ipp://192.0.2.51/off")
        failed.fails(Status.SERVER_ERROR_DEVICE_ERROR)
        entry = world.directory.queue("new")
        assert entry is not None and entry.devices[0].uri == "ipp://192.0.2.50/on"
        # A device that is known may be off just now; raw asks nobody.
        await world.add_queue("known", "ipp://192.0.2.60/off")
        (await add_everywhere(world, "/printers/other", "ipp://192.0.2.60/off")).ok()
        (await add(world, "/printers/third", uri("device-uri", "ipp://192.0.2.70/off"))).ok()
        assert asked == ["ipp://192.0.2.50/off", "ipp://192.0.2.50/on", "ipp://192.0.2.51/off"]

    serve(scenario)


def test_what_was_changed_in_our_ppd_becomes_the_default(serve: Serve) -> None:
    """lpadmin -o PageSize=A5 fetches the PPD, changes it, and sends it back."""

    async def scenario(world: World) -> None:
        await world.add_queue()
        ours = (await world.ask(Operation.CUPS_GET_PPD)).ok().data
        (await add(world, "/printers/q", data=ours)).ok()
        entry = world.directory.queue("q")
        assert entry is not None and entry.queue.defaults == b""
        changed = ours.replace(b"*DefaultPageSize: A4", b"*DefaultPageSize: A5")
        changed = changed.replace(b"*DefaultDuplex: None", b"*DefaultDuplex: DuplexTumble")
        assert changed != ours
        (await add(world, "/printers/q", data=changed)).ok()
        told = await seen(world, "media-default", "sides-default", "print-color-mode-default")
        assert told.string("media-default") == "iso_a5_148x210mm"
        assert told.string("sides-default") == "two-sided-short-edge"
        assert told.string("print-color-mode-default") == "auto"
        again = (await world.ask(Operation.CUPS_GET_PPD)).ok().data
        assert b"*DefaultPageSize: A5" in again
        (await add(world, "/printers/q", name("media-default", "A6"), data=changed)).ok()
        assert (await seen(world, "media-default")).string("media-default") == "iso_a6_105x148mm"
        for option in (name("PageSize", "Letter"), keyword("Duplex", "None")):
            (await add(world, "/printers/q", option)).ok()
        told = await seen(world, "media-default", "sides-default")
        assert told.string("media-default") == "na_letter_8.5x11in"
        assert told.string("sides-default") == "one-sided"
        odd = await add(world, "/printers/q", name("PageSize", "Papyrus"))
        assert odd.status == Status.SUCCESSFUL_OK_IGNORED_OR_SUBSTITUTED_ATTRIBUTES
        assert {attribute.name for attribute in odd.unsupported} == {"PageSize"}

    serve(scenario)


def test_printers_at_one_uri_share_the_device(serve: Serve) -> None:
    async def scenario(world: World) -> None:
        at = uri("device-uri", "socket://192.0.2.50")
        (await add(world, "/printers/a", at)).ok()
        (await add(world, "/printers/b", at)).ok()
        assert len(world.directory.devices()) == 1
        (await add(world, "/printers/b", uri("device-uri", "socket://192.0.2.51"))).ok()
        a, b = world.directory.queue("a"), world.directory.queue("b")
        assert a is not None
        assert b is not None
        assert a.devices[0].uri != b.devices[0].uri

    serve(scenario)


def test_classes(serve: Serve) -> None:
    async def scenario(world: World) -> None:
        await world.add_queue("one")
        await world.add_queue("two")

        async def change(*members: str, **how: Any) -> Any:
            uris = [uri("member-uris", *(f"ipp://localhost/printers/{m}" for m in members))]
            groups = [(Tag.PRINTER_ATTRIBUTES, uris)]
            return await world.ask(Operation.CUPS_ADD_MODIFY_CLASS, to="/classes/pool", groups=groups, **how)

        (await change("one", peer=STRANGER)).fails(Status.CLIENT_ERROR_FORBIDDEN)
        (await change("one", "three")).fails(Status.CLIENT_ERROR_NOT_FOUND, "three")
        (await change("one", "two")).ok()
        told = await seen(world, "member-names", "printer-type", "printer-uri-supported", to="/classes/pool")
        assert told.strings("member-names") == ("one", "two")
        assert told.integer("printer-type") & 1
        assert told.string("printer-uri-supported") == "ipp://localhost:631/classes/pool"
        (await change("two")).ok()
        entry = world.directory.queue("pool")
        assert entry is not None
        assert [device.name for device in entry.devices] == ["two-device"]
        groups = [(Tag.PRINTER_ATTRIBUTES, [uri("device-uri", "socket://x")])]
        (await world.ask(Operation.CUPS_ADD_MODIFY_PRINTER, to="/printers/pool", groups=groups)).fails(
            Status.CLIENT_ERROR_NOT_POSSIBLE, "class"
        )
        (await world.ask(Operation.CUPS_DELETE_CLASS, to="/printers/one")).fails(
            Status.CLIENT_ERROR_NOT_FOUND
        )
        (await world.ask(Operation.CUPS_DELETE_CLASS, to="/classes/pool")).ok()
        assert world.directory.queue("pool") is None
        assert world.directory.queue("one") is not None

    serve(scenario)


def test_delete(serve: Serve) -> None:
    async def scenario(world: World) -> None:
        (await add(world, "/printers/new", uri("device-uri", "socket://192.0.2.50"))).ok()
        await world.print_job(to="/printers/new")
        (await world.ask(Operation.CUPS_DELETE_PRINTER, to="/printers/new", peer=STRANGER)).fails(
            Status.CLIENT_ERROR_FORBIDDEN
        )
        (await world.ask(Operation.CUPS_DELETE_PRINTER, to="/printers/new")).ok()
        assert world.directory.queue("new") is None
        assert not world.directory.devices()
        (await world.ask(Operation.CUPS_DELETE_PRINTER, to="/printers/new")).fails(
            Status.CLIENT_ERROR_NOT_FOUND
        )

    serve(scenario)


def test_default(serve: Serve) -> None:
    async def scenario(world: World) -> None:
        (await world.ask(Operation.CUPS_GET_DEFAULT, to=None)).fails(Status.CLIENT_ERROR_NOT_FOUND)
        await world.add_queue("one")
        await world.add_queue("two")
        (await world.ask(Operation.CUPS_GET_DEFAULT, to=None)).fails(Status.CLIENT_ERROR_NOT_FOUND)
        (await world.ask(Operation.CUPS_SET_DEFAULT, to="/printers/two", peer=STRANGER)).fails(
            Status.CLIENT_ERROR_FORBIDDEN
        )
        (await world.ask(Operation.CUPS_SET_DEFAULT, to="/printers/two")).ok()
        assert (await world.ask(Operation.CUPS_GET_DEFAULT, to=None)).printer.string("printer-name") == "two"
        told = await world.ask(Operation.GET_PRINTER_ATTRIBUTES, to="/ipp/print")
        assert told.printer.string("printer-name") == "two"
        assert told.printer.string("printer-uri-supported") == "ipp://localhost:631/ipp/print/two"

    serve(scenario)


def test_lists(serve: Serve) -> None:
    async def scenario(world: World) -> None:
        for index in range(150):
            await world.store.write(_queue, f"q{index:03}")
        await world.store.write(_private, "q007")
        await world.directory.refresh()

        async def names(*attributes: Attribute, user: str | None = "alice") -> list[str | None]:
            asked = keyword("requested-attributes", "printer-name")
            heard = await world.ask(Operation.CUPS_GET_PRINTERS, asked, *attributes, to=None, user=user)
            return [group.string("printer-name") for group in heard.ok().groups(Tag.PRINTER_ATTRIBUTES)]

        everything = await names(user=None)
        assert everything == [f"q{index:03}" for index in range(150)]
        assert "q007" not in await names(user="bob")
        assert await names(integer("limit", 2), user=None) == ["q000", "q001"]
        assert await names(name("first-printer-name", "q148"), user=None) == ["q148", "q149"]
        assert await names(text("printer-location", "Attic"), user=None) == ["q007"]
        entry = world.directory.queue("q005")
        assert entry is not None
        assert await names(integer("printer-id", entry.queue.id), user=None) == ["q005"]
        classes = [enum("printer-type", 1), enum("printer-type-mask", 1)]
        assert await names(*classes, user=None) == []
        assert not (await world.ask(Operation.CUPS_GET_CLASSES, to=None)).ok().groups(Tag.PRINTER_ATTRIBUTES)

    serve(scenario)


def _queue(queue: str) -> None:
    from plantin.store.commands import config

    config.add_queue(queue, [])


def _private(queue: str) -> None:
    from plantin.store.commands import config

    config.set_queue(queue, allowed_users=["carol"], location="Attic")


def test_devices_and_drivers(serve: Serve) -> None:
    async def scenario(world: World) -> None:
        await world.add_queue("raw", "socket://192.0.2.50")
        (await world.ask(Operation.CUPS_GET_DEVICES, to=None, peer=STRANGER)).fails(
            Status.CLIENT_ERROR_FORBIDDEN
        )
        heard = (await world.ask(Operation.CUPS_GET_DEVICES, to=None)).ok()
        uris = [group.string("device-uri") for group in heard.groups(Tag.PRINTER_ATTRIBUTES)]
        assert "socket://192.0.2.50" in uris
        assert "ipps" in uris
        only = await world.ask(Operation.CUPS_GET_DEVICES, name("include-schemes", "socket"), to=None)
        assert {group.string("device-uri") for group in only.groups(Tag.PRINTER_ATTRIBUTES)} == {
            "socket",
            "socket://192.0.2.50",
        }
        ppds = (await world.ask(Operation.CUPS_GET_PPDS, to=None)).ok().groups(Tag.PRINTER_ATTRIBUTES)
        assert [group.string("ppd-name") for group in ppds] == ["raw"]
        ppd = (await world.ask(Operation.CUPS_GET_PPD, to="/printers/raw")).ok().data
        assert ppd.startswith(b"*PPD-Adobe")
        assert b"*OpenUI *PageSize" in ppd
        (await world.ask(Operation.CUPS_GET_PPD, name("ppd-name", "some.ppd"), to=None)).fails(
            Status.CLIENT_ERROR_NOT_FOUND
        )
        (await world.ask(Operation.CUPS_GET_PPD, to=None)).fails(Status.CLIENT_ERROR_BAD_REQUEST)

    serve(scenario)


def test_what_we_announce_ourselves_is_no_device(serve: Serve) -> None:
    async def scenario(world: World) -> None:
        await world.add_queue()
        entry = world.directory.queue("q")
        assert entry is not None
        ours = Found("ipps://192.0.2.1:8631/printers/q", "q", "Plantin", "", "", entry.queue.uuid)
        other = Found("ipp://192.0.2.9/ipp/print", "Other", "ACME", "", "", "another")
        nameless = Found("socket://192.0.2.8", "Old", "ACME", "", "", "")
        world.server.context = replace(world.context, discovered=lambda: [ours, other, nameless])
        heard = (await world.ask(Operation.CUPS_GET_DEVICES, to=None)).ok()
        uris = [group.string("device-uri") for group in heard.groups(Tag.PRINTER_ATTRIBUTES)]
        assert ours.uri not in uris and {other.uri, nameless.uri} <= set(uris)

    serve(scenario)


def test_ppd_options_mean_what_ipp_says(serve: Serve) -> None:
    async def scenario(world: World) -> None:
        await world.add_queue()
        options = [
            name("PageSize", "A5"),
            name("Duplex", "DuplexTumble"),
            name("ColorModel", "Gray"),
            name("cupsPrintQuality", "High"),
        ]
        job_id = (await world.print_job(job=options)).ok().job_id
        job = (await world.ask(Operation.GET_JOB_ATTRIBUTES, integer("job-id", job_id))).job
        assert job.string("media") == "iso_a5_148x210mm"
        assert job.string("sides") == "two-sided-short-edge"
        assert job.string("print-color-mode") == "monochrome"
        assert job.integer("print-quality") == 5

    serve(scenario)


def test_changes_leave_events(serve: Serve) -> None:
    async def scenario(world: World) -> None:
        await world.add_queue()
        before = (await world.store.read(changes_after, 0)).last_event
        await world.ask(Operation.RESTART_PRINTER)
        after = await world.store.read(changes_after, before)
        assert after.last_event > before
        assert after.queues

    serve(scenario)


def test_media_col(serve: Serve) -> None:
    async def scenario(world: World) -> None:
        await world.add_queue()
        a5 = Collection((integer("x-dimension", 14800), integer("y-dimension", 21000)))
        odd = Collection((integer("x-dimension", 123), integer("y-dimension", 456)))
        good = collection(
            "media-col", Collection((collection("media-size", a5), keyword("media-type", "auto")))
        )
        job_id = (await world.print_job(job=[keyword("media", "A4"), good])).ok().job_id
        job = (await world.ask(Operation.GET_JOB_ATTRIBUTES, integer("job-id", job_id))).job
        assert "media" not in job
        assert job.get("media-col") == good
        bad = collection("media-col", Collection((collection("media-size", odd),)))
        refused = await world.print_job(boolean("ipp-attribute-fidelity", True), job=[bad])
        refused.fails(Status.CLIENT_ERROR_ATTRIBUTES_OR_VALUES_NOT_SUPPORTED, "media-col")
        mixed = collection(
            "media-col", Collection((collection("media-size", a5), keyword("media-color", "red")))
        )
        told = await world.print_job(job=[mixed], data=PDF)
        assert told.status == Status.SUCCESSFUL_OK_IGNORED_OR_SUBSTITUTED_ATTRIBUTES
        assert "media-color" in str(told.unsupported.get("media-col"))

    serve(scenario)


def test_a_document_format_in_the_job_group_is_an_echo(serve: Serve) -> None:
    async def scenario(world: World) -> None:
        await world.add_queue()
        (await world.print_job(job=[mime("document-format", "application/octet-stream")])).ok()

    serve(scenario)
