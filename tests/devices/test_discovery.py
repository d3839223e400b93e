"""DNS-SD: announcements as device URIs, hostile ones too, and a real announcement on loopback."""

from __future__ import annotations

import asyncio
import socket
import uuid

import pytest
from zeroconf import ServiceInfo
from zeroconf.asyncio import AsyncZeroconf

from plantin.delivery import parse_device_uri
from plantin.devices import Discovery, Found
from plantin.devices.discovery import SCHEMES, TEXT_CHARACTERS_MAX, found
from tests.delivery.support import until

IPPS, IPP, RAW = SCHEMES
OURS = "01900000-0000-7000-8000-000000000001"
TXT = {
    b"rp": b"ipp/print",
    b"ty": b"ACME 9000",
    b"note": b"Hall",
    b"UUID": b"1-2-3",
    b"usb_MFG": b"ACME",
    b"usb_MDL": b"9000",
}


@pytest.mark.parametrize(
    ("kind", "host", "port", "uri"),
    [
        (IPP, "192.0.2.7", 631, "ipp://192.0.2.7:631/ipp/print"),
        (IPPS, "2001:db8::7", 443, "ipps://[2001:db8::7]:443/ipp/print"),
        (RAW, "192.0.2.7", 9100, "socket://192.0.2.7:9100"),
    ],
)
def test_an_announcement(kind: str, host: str, port: int, uri: str) -> None:
    assert found(kind, f"Hall printer.{kind}", host, port, TXT) == Found(
        uri, "Hall printer", "ACME 9000", "MFG:ACME;MDL:9000;", "Hall", "1-2-3"
    )


def test_a_product_instead_of_a_type() -> None:
    device = found(IPP, f"x.{IPP}", "192.0.2.7", 631, {b"product": b"(ACME 9000)"})
    assert device is not None and (device.make_model, device.uri) == ("ACME 9000", "ipp://192.0.2.7:631/")


@pytest.mark.parametrize(
    "txt",
    [
        {b"rp": b"../../x y\r\nHost: evil"},
        {b"rp": b"\xff\xfe"},
        {b"rp": b"a" * 255, b"ty": b"\x1b[2J\x00red"},
        {b"rp": None},
    ],
)
def test_a_hostile_announcement_is_a_uri_or_nothing(txt: dict[bytes, bytes | None]) -> None:
    device = found(IPP, f"x\r\n.{IPP}", "192.0.2.7", 631, txt)
    assert device is not None
    assert parse_device_uri(device.uri).host == "192.0.2.7"
    assert (device.info + device.make_model).isprintable()


@pytest.mark.parametrize(("kind", "port"), [("_http._tcp.local.", 80), (IPP, 0)])
def test_not_a_device(kind: str, port: int) -> None:
    assert found(kind, f"x.{kind}", "192.0.2.7", port, TXT) is None


def test_long_texts_are_cut() -> None:
    device = found(IPP, f"{'n' * 500}.{IPP}", "192.0.2.7", 631, {})
    assert device is not None and len(device.info) == TEXT_CHARACTERS_MAX


def test_a_real_announcement_comes_and_goes() -> None:
    async def main() -> None:
        name = f"Plantin test {uuid.uuid4().hex[:12]}"
        info = ServiceInfo(
            IPP,
            f"{name}.{IPP}",
            addresses=[socket.inet_aton("127.0.0.1")],
            port=8631,
            properties={"rp": "ipp/print", "ty": "ACME 9000"},
            server=f"{uuid.uuid4().hex[:12]}.local.",
        )
        own = ServiceInfo(
            IPP,
            f"{name} of ours.{IPP}",
            addresses=[socket.inet_aton("127.0.0.1")],
            port=8631,
            properties={"rp": "printers/q", "UUID": OURS},
            server=info.server,
        )
        announcer = AsyncZeroconf(interfaces=["127.0.0.1"])
        discovery = Discovery(["127.0.0.1"], own=OURS.__eq__)
        await discovery.start()
        try:
            # Announced before the other one, so seen before it.
            await (await announcer.async_register_service(own))
            await until(lambda: any(device.uuid == OURS for device in discovery._found.values()), 60.0)
            await (await announcer.async_register_service(info))
            await until(lambda: any(device.info == name for device in discovery.seen()), 60.0)
            assert all(device.uuid != OURS for device in discovery.seen())
            (device,) = [device for device in discovery.seen() if device.info == name]
            assert (device.uri, device.make_model) == ("ipp://127.0.0.1:8631/ipp/print", "ACME 9000")
            await (await announcer.async_unregister_service(info))
            await until(lambda: all(device.info != name for device in discovery.seen()), 60.0)
        finally:
            await discovery.close()
            await announcer.async_close()

    asyncio.run(main())
