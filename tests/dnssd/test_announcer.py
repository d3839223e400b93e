"""What is announced follows the directory, in bounded steps, whatever the network does."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

import pytest
from zeroconf import NotRunningException

from plantin.frontends.dnssd import Place
from plantin.frontends.dnssd import announcer as module
from plantin.frontends.dnssd.announcer import BATCH
from tests.crash.poll import until
from tests.dnssd.support import PLACE, Network, Queues, announcer, queue


@pytest.fixture
def network(monkeypatch: pytest.MonkeyPatch) -> Network:
    made = Network()
    monkeypatch.setattr(module, "Responder", made)
    monkeypatch.setattr(module, "RETRY_FIRST_S", 0.001)
    return made


def run(
    queues: Queues,
    story: Callable[[module.Announcer], Awaitable[None]],
    place: Callable[[], Place | None] = lambda: PLACE,
    maximum: int = 200,
) -> None:
    """Tells the story while an announcer is at work."""

    async def main() -> None:
        made = announcer(queues, place, maximum=maximum)
        task = asyncio.create_task(made.run())
        try:
            await story(made)
        finally:
            task.cancel()
            await asyncio.wait([task])

    asyncio.run(main())


def test_queues_come_change_and_go(network: Network) -> None:
    queues = Queues()
    queues.put(queue(1, info="Hall"))
    queues.put(queue(2, info="Hidden", shared=False))

    async def story(made: module.Announcer) -> None:
        await until("Hall is there", lambda: network.answering.keys() == {"Hall"})
        await until("it is said twice", lambda: network.said == [["Hall"], ["Hall"]])
        queues.change(1, location="Ground floor")
        await until("the text changes", lambda: network.answering["Hall"].text["note"] == "Ground floor")
        assert not network.goodbyes
        queues.change(1, info="Great hall")
        await until("it is renamed", lambda: network.answering.keys() == {"Great hall"})
        assert network.goodbyes == [["Hall"]]
        queues.change(2, shared=True)
        await until("another comes", lambda: made.names() == {1: "Great hall", 2: "Hidden"})
        queues.change(1, shared=False)
        queues.remove(2)
        await until("all are gone", lambda: not network.answering)

    run(queues, story)
    assert sum(map(len, network.goodbyes)) == 3


def test_good_bye_at_the_end(network: Network) -> None:
    queues = Queues()
    queues.put(queue(1))

    async def story(made: module.Announcer) -> None:
        await until("it is there", lambda: network.answering)

    run(queues, story)
    assert network.goodbyes == [["q1"]]
    assert network.closed == network.opened == 1


def test_taken_names_get_a_number(network: Network) -> None:
    network.others = {"Hall", "Hall (2)"}
    queues = Queues()
    queues.put(queue(1, "a", info="Hall"))
    queues.put(queue(2, "b", info="hall"))  # names are compared without case

    async def story(made: module.Announcer) -> None:
        await until("both are there", lambda: len(made.names()) == 2)
        assert made.names()[1] == "Hall (3)"
        assert made.names()[2].lower() not in {"hall", "hall (3)"}
        network.stronger = {"Hall (3)"}
        await until("it gives way", lambda: made.names().get(1, "Hall (3)") != "Hall (3)")
        assert ["Hall (3)"] in network.goodbyes
        network.others = set()
        queues.change(1, info="Lobby")
        await until("a new name starts anew", lambda: made.names()[1] == "Lobby")

    run(queues, story)


def test_ten_thousand_queues_are_no_flood(
    network: Network, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    queues = Queues()
    for number in range(1, 10_001):
        queues.put(queue(number, f"q{number:05d}"))

    async def story(made: module.Announcer) -> None:
        await until("the most that may be", lambda: len(network.answering) == 35)
        queues.put(queue(0, "a-first"))
        await until("the first by name", lambda: "a-first" in network.answering)
        assert set(network.answering) == {"a-first", *(f"q{number:05d}" for number in range(1, 35))}

    run(queues, story, maximum=35)
    assert max(map(len, network.said)) <= BATCH
    assert "9965 of 10000 shared queues are not announced" in caplog.text


@pytest.mark.parametrize("error", [OSError(19, "No such device"), NotRunningException(), RuntimeError("bug")])
def test_failures_are_told_and_tried_again(
    network: Network, caplog: pytest.LogCaptureFixture, error: Exception
) -> None:
    network.failures = [error, error]
    queues = Queues()
    queues.put(queue(1))

    async def story(made: module.Announcer) -> None:
        await until("it works in the end", lambda: network.answering)

    run(queues, story)
    assert network.opened == 3
    assert caplog.text.count("queues are not announced") == 1, "the same reason is told once"


def test_interfaces_may_come_later_and_change(network: Network, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "RESCAN_S", 0.001)
    places: list[Place | None] = [None, None, Place(("192.0.2.7",), 631)]
    queues = Queues()
    queues.put(queue(1))

    def find() -> Place | None:
        return places.pop(0) if len(places) > 1 else places[0]

    async def story(made: module.Announcer) -> None:
        await until("it is there", lambda: network.answering)
        places[0] = Place(("198.51.100.7",), 631)
        await until("it is there again, at the new place", lambda: network.opened == 2 and network.answering)
        (service,) = network.answering.values()
        assert service.main[0].parsed_addresses() == ["198.51.100.7"]

    run(queues, story, find)
