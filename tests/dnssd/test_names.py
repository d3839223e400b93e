"""Names of queues and of the server, and the place where they are announced."""

from __future__ import annotations

import pytest

from plantin.frontends.dnssd.names import host_name, numbered
from plantin.frontends.dnssd.place import Place, find_place, machine_addresses
from plantin.frontends.ipp.printer.names import DNS_LABEL_OCTETS_MAX, dns_sd_name
from tests.dnssd.support import queue


@pytest.mark.parametrize(
    ("info", "name"),
    [
        ("", "q1"),
        ("Zweiter Stock", "Zweiter Stock"),
        ("Room 3.14", "Room 3-14"),
        ("a\tb\x00c", "a b c"),
        ("\x01", "q1"),
        ("x" * 64, "x" * 63),
        ("ü" * 32, "ü" * 31),
    ],
)
def test_instance_names(info: str, name: str) -> None:
    assert dns_sd_name(queue(1, info=info)) == name


def test_numbered_names_stay_one_label() -> None:
    assert numbered("Hall", 1) == "Hall"
    assert numbered("Hall", 2) == "Hall (2)"
    for number in (2, 10, 100):
        assert len(numbered("ü" * 31 + "x", number).encode()) <= DNS_LABEL_OCTETS_MAX
        assert numbered("x" * 63, number).endswith(f" ({number})")


@pytest.mark.parametrize(
    ("machine", "host"),
    [
        ("Print01.example.org", "plantin-print01.local"),
        ("", "plantin-server.local"),
        ("a_b c", "plantin-a-b-c.local"),
        ("x" * 80, "plantin-" + "x" * 55 + ".local"),
    ],
)
def test_host_names(machine: str, host: str) -> None:
    assert host_name(machine) == host


LAN, OTHER, LOOP, SIX = "192.0.2.7", "198.51.100.7", "127.0.0.1", "2001:db8::7"
MACHINE = (LAN, OTHER, LOOP, SIX, "::1")


@pytest.mark.parametrize(
    ("listening", "wanted", "place"),
    [
        ([(LOOP, 8631)], (), Place((LOOP,), 8631)),
        ([("0.0.0.0", 631)], (), Place((LAN, OTHER), 631)),
        ([("0.0.0.0", 631), ("::", 631)], (), Place((LAN, OTHER, SIX), 631)),
        ([("0.0.0.0", 631)], (OTHER,), Place((OTHER,), 631)),
        ([("0.0.0.0", 631)], (LOOP,), Place((LOOP,), 631)),
        ([(LAN, 631)], (), Place((LAN,), 631)),
        ([(LAN, 631)], (OTHER,), None),
        ([(LOOP, 8631)], (LAN,), None),
        ([(LOOP, 8631), (LAN, 631)], (), Place((LAN,), 631)),
        ([("192.0.2.99", 631)], (), None),
        ([], (), None),
    ],
)
def test_places(listening: list[tuple[str, int]], wanted: tuple[str, ...], place: Place | None) -> None:
    assert find_place(listening, wanted, MACHINE) == place


def test_this_machine_has_loopback() -> None:
    assert LOOP in machine_addresses()
