"""Speaks multicast DNS for a set of services (RFC 6762), through python-zeroconf.

Answers to questions are python-zeroconf's; probing and announcing are done here, for many services in few
packets: one by one, each queue would cost the network some thirty. Concurrency: one loop, one caller.
"""

import asyncio
from collections.abc import Iterable, Sequence
from typing import Final

# python-zeroconf's records are its public names, but for what type checkers believe.
from zeroconf._dns import DNSQuestion, DNSRecord, DNSService
from zeroconf._protocol.outgoing import DNSOutgoing
from zeroconf._services.registry import ServiceRegistry
from zeroconf.asyncio import AsyncZeroconf

from plantin.frontends.dnssd.service import Service

PROBES: Final = 3
PROBE_S: Final = 0.25
"""RFC 6762 section 8.1: three, a quarter of a second apart."""
GOODBYES: Final = 2
GOODBYE_S: Final = 0.1
_QUERY, _ANSWER = 0x0000, 0x8400
_ANY, _SRV, _IN = 255, 33, 1


class _Types(ServiceRegistry):
    """Names only whole types to who asks which types there are (RFC 6763 section 9)."""

    def async_get_types(self) -> list[str]:
        return [one for one in super().async_get_types() if "._sub." not in one]


class Responder:
    """Open it, use it, close it.

    Args:
        interfaces: addresses of the interfaces to speak on.
    """

    def __init__(self, interfaces: Sequence[str]) -> None:
        self._interfaces = list(interfaces)
        self._zeroconf: AsyncZeroconf | None = None

    @property
    def _open(self) -> AsyncZeroconf:
        assert self._zeroconf is not None, "open() comes first"
        return self._zeroconf

    async def open(self) -> None:
        """Begins to listen.

        Raises:
            OSError: there is no multicast on these interfaces.
            zeroconf.Error: it did not start.
        """
        opened = AsyncZeroconf(interfaces=list(self._interfaces))
        # Before the first packet can come: the handler of questions keeps the registry that it was made with.
        opened.zeroconf.registry = _Types()
        opened.zeroconf.query_handler = type(opened.zeroconf.query_handler)(opened.zeroconf)
        self._zeroconf = opened
        await opened.zeroconf.async_wait_for_start()

    async def close(self, services: Iterable[Service]) -> None:
        """Says good-bye for them and stops. A second call does nothing."""
        closing, self._zeroconf = self._zeroconf, None
        if closing is None:
            return
        try:
            await self._goodbye(closing, list(services))
        finally:
            await closing.async_close()

    async def taken(self, services: Sequence[Service]) -> set[str]:
        """Asks whether somebody else has one of these names already; the names that are taken."""
        for _ in range(PROBES):
            out = DNSOutgoing(_QUERY)
            for info in (info for service in services for info in service.main):
                out.add_question(DNSQuestion(info.name, _ANY, _IN))
                out.add_authorative_answer(info.dns_pointer())
            self._open.zeroconf.async_send(out)
            await asyncio.sleep(PROBE_S)
        return {service.name for service in services if self._others(service)}

    def yields(self, service: Service) -> bool:
        """Whether another announces the name too and is to keep it: both sides decide alike by their data."""
        others = self._others(service)
        ours = {(info.server_key or "", info.port or 0) for info in service.main}
        return bool(others) and max(others) > max(ours)

    def add(self, services: Iterable[Service]) -> None:
        """Answers for them from now on; ``say`` tells the network."""
        for service in services:
            for info in service.infos:
                self._open.zeroconf.registry.async_add(info)

    def say(self, services: Sequence[Service]) -> None:
        """Announces them, once; to be repeated after a second (RFC 6762 section 8.3)."""
        self._send(self._open, services, None)

    async def remove(self, services: Sequence[Service]) -> None:
        """Says good-bye for them, and answers no more."""
        await self._goodbye(self._open, services)

    def replace(self, before: Service, after: Service) -> None:
        """The same name has another TXT record; ``say`` tells the network."""
        self._open.zeroconf.registry.async_remove(list(before.infos))
        self.add([after])

    async def _goodbye(self, opened: AsyncZeroconf, services: Sequence[Service]) -> None:
        opened.zeroconf.registry.async_remove([info for service in services for info in service.infos])
        for turn in range(GOODBYES if services else 0):
            if turn:
                await asyncio.sleep(GOODBYE_S)
            self._send(opened, services, 0)

    @staticmethod
    def _send(opened: AsyncZeroconf, services: Sequence[Service], ttl: int | None) -> None:
        if not services:
            return
        out = DNSOutgoing(_ANSWER)
        for service in services:
            for info in service.infos:
                out.add_answer_at_time(info.dns_pointer(ttl), 0)
            for info in service.main:
                out.add_answer_at_time(info.dns_service(ttl), 0)
                out.add_answer_at_time(info.dns_text(ttl), 0)
        if ttl is None:
            for record in services[0].main[0].get_address_and_nsec_records():
                out.add_answer_at_time(record, 0)
        opened.zeroconf.async_send(out)

    def _others(self, service: Service) -> set[tuple[str, int]]:
        """Host and port of those who announce the same name and are not us."""
        found: set[tuple[str, int]] = set()
        for info in service.main:
            records: list[DNSRecord] = self._open.zeroconf.cache.async_all_by_details(info.name, _SRV, _IN)
            for record in records:
                if isinstance(record, DNSService):
                    found.add((record.server.lower(), record.port))
        return found - {(info.server_key or "", info.port or 0) for info in service.main}
