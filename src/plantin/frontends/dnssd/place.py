"""Where announcements go and which addresses they tell: the interfaces on which the IPP server is reached."""

import ipaddress
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

import ifaddr

_ANY: Final = frozenset({"0.0.0.0", "::"})  # noqa: S104 (these say what is listened on, they bind nothing)


@dataclass(frozen=True, slots=True)
class Place:
    """One set of interfaces with one port."""

    addresses: tuple[str, ...]
    """Where the server is reached; announcements go out on these interfaces."""
    port: int


def machine_addresses() -> list[str]:
    """The addresses of this machine's interfaces, IPv4 first, without link-local ones."""
    found = [ip.ip if isinstance(ip.ip, str) else ip.ip[0] for one in ifaddr.get_adapters() for ip in one.ips]
    usable = [text for text in dict.fromkeys(found) if not ipaddress.ip_address(text).is_link_local]
    return sorted(usable, key=lambda text: ":" in text)


def find_place(
    listening: Sequence[tuple[str, int]], wanted: Sequence[str] = (), machine: Iterable[str] = ()
) -> Place | None:
    """Where to announce a server; None when no interface is left.

    Args:
        listening: (address, port) that the server listens on; the first port that fits is told.
        wanted: the interfaces that the administrator named, by address; none: all but loopback, and loopback
            when the server listens on nothing else.
        machine: the addresses of the machine.
    """
    known = [address for address in machine if not wanted or address in wanted]
    loopback_only = all(_is_loopback(host) for host, _ in listening)
    if not wanted and not loopback_only:
        known = [address for address in known if not _is_loopback(address)]
    ports = dict.fromkeys(port for _, port in listening)
    for port in ports:
        hosts = {host for host, its_port in listening if its_port == port}
        reached = tuple(address for address in known if _covers(hosts, address))
        if reached:
            return Place(reached, port)
    return None


def _is_loopback(address: str) -> bool:
    return address not in _ANY and ipaddress.ip_address(address).is_loopback


def _covers(hosts: set[str], address: str) -> bool:
    return address in hosts or ("::" if ":" in address else "0.0.0.0") in hosts  # noqa: S104 (as above)
