"""Real packets on loopback: what avahi's and CUPS' tools find of a real server, what others do to names."""

from __future__ import annotations

import asyncio
import re
import socket
import time
import uuid
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path

import pytest
from zeroconf import ServiceInfo
from zeroconf.asyncio import AsyncZeroconf

from plantin.frontends.dnssd.place import Place
from plantin.frontends.dnssd.responder import Responder
from plantin.frontends.dnssd.service import IPP, Service, service
from plantin.frontends.dnssd.text import text_record
from tests.dnssd.support import queue, view
from tests.peers.avahi import Avahi
from tests.peers.client import ClientTools
from tests.peers.plantin import Plantin

KINDS = [
    words
    for kind in ("_ipp._tcp", "_ipps._tcp")
    for words in (kind, *(f"{kind},{sub}" for sub in ("_print", "_universal", "_cups")))
]
DEADLINE_S = 60.0
SETTINGS = "[dns_sd]\nenabled = true\n"


def found(tools: ClientTools, avahi: Avahi, kind: str) -> set[str]:
    """The names that ippfind sees within a second."""
    done = tools("ippfind", "-T", "1", kind, "--print-name", env=avahi.env)
    return set(done.out.splitlines())


def wait_for(what: str, condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + DEADLINE_S
    while not condition():
        assert time.monotonic() < deadline, f"waited in vain: {what}"


def text_of(tools: ClientTools, avahi: Avahi, name: str) -> tuple[str, str, dict[str, str]]:
    """Address, port and TXT record of a queue, resolved by avahi."""
    done = tools("avahi-browse", "-rptk", "_ipps._tcp", env=avahi.env)
    for line in done.out.splitlines():
        fields = line.split(";", 9)
        if fields[0] == "=" and fields[3] == name:
            pairs = re.findall(r'"([^"=]+)=([^"]*)"', fields[9])
            return fields[7], fields[8], dict(pairs)
    return "", "", {}


def test_ippfind_and_avahi_find_the_queues(
    make_plantin: Callable[..., Plantin], loopback_avahi: Avahi, make_tools: Callable[..., ClientTools]
) -> None:
    server = make_plantin(settings=SETTINGS)
    tools = make_tools(server.server)
    one, two = (f"q{uuid.uuid4().hex[:12]}" for _ in range(2))
    for name in (one, two):
        server.add_queue(name, f"file:{server.data}/devices/{name}/")
    with ThreadPoolExecutor(len(KINDS)) as pool:

        def everywhere() -> bool:
            return all(
                {one, two} <= names for names in pool.map(partial(found, tools, loopback_avahi), KINDS)
            )

        wait_for("both are there under every type and sub-type", everywhere)

    address, port, text = text_of(tools, loopback_avahi, one)
    assert (address, port) == ("127.0.0.1", f"{server.port}")
    assert text["rp"] == f"ipp/print/{one}"
    uri = f"ipp://{address}:{port}/{text['rp']}"
    asked = tools("ipptool", "-tv", uri, "get-printer-attributes.test", cwd=Path("/usr/share/cups/ipptool"))
    assert f"urn:uuid:{text['UUID']}" in asked.check().out

    types = tools("avahi-browse", "-apt", env=loopback_avahi.env).out
    assert "_sub" not in types, "sub-types are no types"

    server("queue", "remove", one).check()
    server("queue", "set", two, "--info", f"Room of {two}").check()
    wait_for("one is gone", lambda: one not in found(tools, loopback_avahi, "_ipp._tcp"))
    wait_for("two has its new name", lambda: f"Room of {two}" in found(tools, loopback_avahi, "_ipp._tcp"))
    wait_for(
        "and the old no longer", lambda: two not in found(tools, loopback_avahi, "_ipps._tcp,_universal")
    )

    assert server.stop() == 0
    wait_for("good-bye", lambda: f"Room of {two}" not in found(tools, loopback_avahi, "_ipp._tcp"))


def test_it_is_off_by_default(plantin_server: Plantin) -> None:
    plantin_server.add_queue("quiet", f"file:{plantin_server.data}/devices/quiet/")
    plantin_server.stop()
    assert "announcing" not in plantin_server.log.read_text()


def test_no_interface_is_no_reason_not_to_start(make_plantin: Callable[..., Plantin]) -> None:
    server = make_plantin(settings=SETTINGS + 'interfaces = ["192.0.2.1"]\n')
    wait_for("it says so", lambda: "queues are not announced: no interface" in server.log.read_text())


def _service(name: str, port: int) -> Service:
    found_view, made = view(queue(1, name))
    text = text_record(found_view, made.server)
    return service(name, text, Place(("127.0.0.1",), port), "plantin-test.local", tls=True)


@pytest.mark.parametrize("port", [1, 65_535])
def test_a_name_that_another_has(port: int) -> None:
    """Found by asking; and of two that announce it, one gives way, by their data alone."""
    name = f"Hall {uuid.uuid4().hex[:8]}"
    other = ServiceInfo(
        IPP,
        f"{name}.{IPP}",
        port=port,
        server="plantin-test.local.",
        addresses=[socket.inet_aton("127.0.0.1")],
        properties={},
    )

    async def main() -> None:
        ours, responder = _service(name, 8631), Responder(["127.0.0.1"])
        free = _service(f"{name} free", 8631)
        printer = AsyncZeroconf(interfaces=["127.0.0.1"])
        await responder.open()
        try:
            await (await printer.async_register_service(other))
            assert await responder.taken([ours, free]) == {name}
            assert responder.yields(ours) is (port > 8631)
            assert responder.yields(free) is False
        finally:
            await responder.close([])
            await printer.async_close()

    asyncio.run(main())
