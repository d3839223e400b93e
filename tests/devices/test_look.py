"""Looking at devices, of every kind and in every mood."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from plantin.delivery.ipp import IppBackend, IppRefused
from plantin.devices import Looker, Unseen, identify, summary
from plantin.ipp import Operation, Status, attributes
from tests.delivery.fakeprinter import FakePrinter
from tests.delivery.sink import Sink
from tests.delivery.support import device, surroundings
from tests.peers.ippeveprinter import IppEvePrinter


def test_status_alone_and_with_capabilities() -> None:
    async def main() -> None:
        async with FakePrinter() as printer:
            printer.printer_state = (5, ("media-jam-error",), "Jam")
            printer.extra = [attributes.text("printer-make-and-model", "ACME 9000")]
            looker = Looker(surroundings())
            seen = await looker.look(device(printer.uri), capabilities=False)
            assert (seen.status.state, seen.status.reasons) == (5, ("media-jam-error",))
            assert seen.capabilities is None
            seen = await looker.look(device(printer.uri), capabilities=True)
            assert seen.capabilities and seen.make_model == "ACME 9000"
            assert "application/pdf" in summary(seen.capabilities).formats
            await looker.close()
            asked = [
                sent.message.operation_attributes.strings("requested-attributes") for sent in printer.seen
            ]
            assert "printer-state" in asked[0]
            assert asked[1] == ("all", "media-col-database")

    asyncio.run(main())


def test_a_device_older_than_media_col_database() -> None:
    async def main() -> None:
        async with FakePrinter() as printer:
            code = Operation.GET_PRINTER_ATTRIBUTES
            printer.refuse[code] = [Status.CLIENT_ERROR_ATTRIBUTES_OR_VALUES_NOT_SUPPORTED]
            looker = Looker(surroundings())
            seen = await looker.look(device(printer.uri), capabilities=True)
            await looker.close()
            assert seen.capabilities

    asyncio.run(main())


def test_devices_that_cannot_be_asked_are_there_or_not(tmp_path: Path) -> None:
    async def main() -> None:
        looker = Looker(surroundings(tmp_path))
        async with Sink() as sink:
            seen = await looker.look(device(sink.uri), capabilities=False)
            assert (seen.status.state, seen.capabilities) == (3, None)
        with pytest.raises(Unseen) as caught:
            await looker.look(device(sink.uri), capabilities=False)
        assert caught.value.reason == "connection-refused"
        assert (await looker.look(device(f"file://{tmp_path}/"), capabilities=False)).status.state == 3
        assert not looker.asks(device(sink.uri))
        await looker.close()

    asyncio.run(main())


@pytest.mark.parametrize("trouble", ["gone", "refuses", "http", "garbage"])
def test_unseen_says_why(trouble: str) -> None:
    async def main() -> None:
        code = Operation.GET_PRINTER_ATTRIBUTES
        async with FakePrinter() as printer:
            printer.refuse[code] = [Status.CLIENT_ERROR_FORBIDDEN] if trouble == "refuses" else []
            printer.http_status[code] = [401] if trouble == "http" else []
            if trouble == "garbage":
                printer.garbage[code] = b"hello"
            looker = Looker(surroundings())
            if trouble == "gone":
                await printer.stop()
            with pytest.raises(Unseen) as caught:
                await looker.look(device(printer.uri), capabilities=False)
            assert caught.value.text
            assert (
                caught.value.reason
                == {
                    "gone": "connection-refused",
                    "refuses": "device-refuses-to-tell",
                    "http": "device-wants-authentication",
                    "garbage": "bad-answer",
                }[trouble]
            )
            await looker.close()
            if trouble == "gone":
                await printer.start()

    asyncio.run(main())


def test_identify() -> None:
    async def main() -> None:
        async with FakePrinter() as printer:
            backend = IppBackend(surroundings())
            with pytest.raises(IppRefused):
                await identify(backend, device(printer.uri), ("flash",), "here")
            head = printer.seen[0].message.operation_attributes
            assert printer.seen[0].operation == Operation.IDENTIFY_PRINTER
            assert (head.string("identify-actions"), head.string("message")) == ("flash", "here")
            await backend.close()

    asyncio.run(main())


def test_a_real_one(ippeveprinter: IppEvePrinter) -> None:
    async def main() -> None:
        looker = Looker(surroundings())
        record = device(ippeveprinter.uri)
        first = await looker.look(record, capabilities=True)
        again = await looker.look(record, capabilities=True)
        assert first.capabilities and first.capabilities == again.capabilities
        shown = summary(first.capabilities)
        assert "application/pdf" in shown.formats
        assert "two-sided-long-edge" in shown.sides
        assert "marker-names" in first.status.supplies or "printer-supply" in first.status.supplies
        backend = IppBackend(surroundings())
        await identify(backend, record)
        await backend.close()
        await looker.close()

    asyncio.run(main())
