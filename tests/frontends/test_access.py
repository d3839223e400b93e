"""Who is an operator, who is an owner, who may print, and who sees which queue."""

from __future__ import annotations

from collections.abc import Callable
from ipaddress import ip_network

import pytest

from plantin.frontends.ipp import access
from plantin.ipp import Operation, Status, Tag
from plantin.ipp.attributes import keyword
from tests.frontends.harness import STRANGER, World

Serve = Callable[..., None]


@pytest.mark.parametrize(
    ("address", "near"),
    [
        ("127.0.0.1", True),
        ("127.8.9.1", True),
        ("::1", True),
        ("::ffff:127.0.0.1", True),
        ("", True),
        ("192.0.2.1", False),
        ("::ffff:192.0.2.1", False),
        ("fe80::1%eth0", False),
        ("what is this", False),
    ],
)
def test_loopback(address: str, near: bool) -> None:
    assert access.is_loopback(address) is near
    assert access.owner_proof(address) == ("loopback" if near else "claim")


def test_operators() -> None:
    networks = (ip_network("10.1.0.0/16"), ip_network("fd00::/8"))
    for address in ("127.0.0.1", "10.1.255.1", "::ffff:10.1.2.3", "fd12::1"):
        assert access.is_operator(address, networks)
    for address in ("10.2.0.1", "fe80::1", "nonsense"):
        assert not access.is_operator(address, networks)


def test_a_queue_that_is_not_shared_is_for_this_machine(serve: Serve) -> None:
    async def scenario(world: World) -> None:
        await world.add_queue(shared=False)
        await world.add_queue("open")
        (await world.print_job()).ok()
        (await world.print_job(peer=STRANGER)).fails(Status.CLIENT_ERROR_NOT_AUTHORIZED, "not shared")
        (await world.print_job(to="/printers/open", peer=STRANGER)).ok()

        async def names(peer: str) -> list[str | None]:
            asked = keyword("requested-attributes", "printer-name")
            heard = await world.ask(Operation.CUPS_GET_PRINTERS, asked, to=None, peer=peer)
            return [group.string("printer-name") for group in heard.groups(Tag.PRINTER_ATTRIBUTES)]

        assert await names("127.0.0.1") == ["open", "q"]
        assert await names(STRANGER) == ["open"]

    serve(scenario)
