"""A queue as services of DNS-SD: ``_ipp._tcp`` and ``_ipps._tcp``, each with its sub-types (RFC 6763, 7.1).

IPP Everywhere and ChromeOS look for ``_print``, AirPrint for ``_universal``, CUPS for ``_cups``.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from zeroconf import ServiceInfo

from plantin.frontends.dnssd.place import Place

IPP: Final = "_ipp._tcp.local."
IPPS: Final = "_ipps._tcp.local."
SUBTYPES: Final = ("_print", "_universal", "_cups")


@dataclass(frozen=True, slots=True)
class Service:
    """One queue under one name."""

    name: str
    """The instance name."""
    text: Mapping[str, str]
    """The TXT record."""
    main: tuple[ServiceInfo, ...]
    """One for each type."""
    sub: tuple[ServiceInfo, ...]
    """One for each sub-type of each type."""

    @property
    def infos(self) -> tuple[ServiceInfo, ...]:
        return self.main + self.sub


def service(name: str, text: Mapping[str, str], place: Place, host: str, *, tls: bool) -> Service:
    """The records of a queue.

    Args:
        name: the instance name: one label, without dots.
        host: the name in .local that has the addresses of ``place``.
        tls: whether the port takes TLS.
    """
    main, sub = [], []
    for kind in (IPP, IPPS) if tls else (IPP,):
        main.append(_info(kind, kind, name, text, place, host))
        for subtype in SUBTYPES:
            info = _info(f"{subtype}._sub.{kind}", kind, name, text, place, host)
            # The registry of python-zeroconf has one entry for a key; the main service has the name.
            info.key = f"{subtype}._sub.{info.key}"
            sub.append(info)
    return Service(name, text, tuple(main), tuple(sub))


def _info(type_: str, kind: str, name: str, text: Mapping[str, str], place: Place, host: str) -> ServiceInfo:
    said = dict(text)
    if kind == IPP and "adminurl" in said:
        # It has to equal printer-more-info, which over ipp is told without TLS (PWG 5100.14 section 4.2.3.1).
        said["adminurl"] = said["adminurl"].replace("https://", "http://", 1)
    return ServiceInfo(
        type_,
        f"{name}.{kind}",
        port=place.port,
        server=f"{host}.",
        properties=said,
        parsed_addresses=list(place.addresses),
    )
