"""The directory follows the store: by the feed, by the scan, and by name and id."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

import pytest

from plantin.core.model import QueueMode
from plantin.frontends.ipp import Directory
from plantin.frontends.ipp import directory as module
from plantin.store.commands import config
from plantin.store.models import Device, Queue
from tests.frontends.harness import World, start_job

Serve = Callable[..., None]


def test_it_sees_what_was_committed(serve: Serve) -> None:
    async def scenario(world: World) -> None:
        directory = world.directory
        await world.add_queue("a")
        entry = directory.queue("a")
        assert entry is not None
        assert directory.by_id(entry.queue.id) is entry
        assert directory.device_named("a-device") == entry.devices[0]
        assert directory.device_at("file:///var/empty/q") == entry.devices[0]
        await world.change_queue("a", info="x", mode=QueueMode.HOLD)
        changed = directory.queue("a")
        assert changed is not None
        assert (changed.queue.info, changed.queue.mode) == ("x", QueueMode.HOLD)
        assert changed is not entry
        await world.store.write(config.set_device, "a-device", location="Attic")
        await directory.refresh()
        moved = directory.queue("a")
        assert moved is not None
        assert moved.devices[0].location == "Attic"
        await world.store.write(config.remove_queue, "a")
        await world.store.write(config.remove_device, "a-device")
        await directory.refresh()
        assert directory.queue("a") is None
        assert directory.device_named("a-device") is None
        assert len(directory) == 0

    serve(scenario)


def test_another_process_needs_only_a_hint(serve: Serve) -> None:
    async def scenario(world: World) -> None:
        await world.store.write(config.add_queue, "b", [])
        world.directory.hint()
        for _ in range(500):
            if world.directory.queue("b") is not None:
                return
            await asyncio.sleep(0.01)
        raise AssertionError("the hint was not followed")

    serve(scenario)


def test_a_scan_finds_what_the_feed_did_not_say(serve: Serve, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "_SCAN_S", 0.0)
    monkeypatch.setattr(module, "_FOLLOW_S", 0.01)

    async def scenario(world: World) -> None:
        await world.add_queue("a")
        await world.store.write(_behind_the_feed)
        for _ in range(500):
            entry = world.directory.queue("a")
            if entry is not None and entry.devices[0].state == 5 and entry.queue.info == "quiet":
                return
            await asyncio.sleep(0.01)
        raise AssertionError("the scan found nothing")

    serve(scenario)


def _behind_the_feed() -> None:
    Device.objects.update(state=5, state_at=9_999_999_999_999)
    Queue.objects.update(info="quiet", version=9_999_999_999_999_999)


def test_two_refreshes_at_once_are_both_right(serve: Serve) -> None:
    async def scenario(world: World) -> None:
        async def add(name: str) -> None:
            await world.store.write(config.add_queue, name, [])
            await world.directory.refresh()
            assert world.directory.queue(name) is not None

        await asyncio.gather(*(add(f"q{number}") for number in range(20)))

    serve(scenario)


def test_counts(serve: Serve, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "_ACTIVITY_FRESH_S", 0.0)
    monkeypatch.setattr(module, "_ACTIVITY_STALE_S", 0.0)

    async def scenario(world: World) -> None:
        await world.add_queue("a")
        entry = world.directory.queue("a")
        assert entry is not None
        queue = entry.queue.id
        job_id = (await world.print_job(to="/printers/a")).job_id
        await world.print_job(to="/printers/a")
        await world.directory.count()
        assert (world.directory.open_jobs(queue), world.directory.printing(queue)) == (2, False)
        await start_job(world, job_id)
        await world.directory.count()
        assert (world.directory.open_jobs(queue), world.directory.printing(queue)) == (2, True)

    serve(scenario)


def test_equal_capabilities_are_kept_once(serve: Serve) -> None:
    async def scenario(world: World) -> None:
        for name in ("a", "b"):
            await world.add_queue(name)
        blob = b"\x44" + b"x" * 5000
        for device in world.directory.devices():
            await world.store.write(
                config.device_reported, device.id, event=True, capabilities=bytes(bytearray(blob))
            )
        fresh = Directory(world.store)
        await fresh.load()
        one, two = fresh.devices()
        assert one.capabilities is two.capabilities

    serve(scenario)
