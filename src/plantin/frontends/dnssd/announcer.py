"""Keeps what is announced equal to what the directory has.

It looks once a second whether the directory changed, and does a bounded piece of what there is to do: at most
``BATCH`` queues come, change or go in one second, so that ten thousand queues never flood a network. No more
than ``ANNOUNCED_MAX`` are announced, the first by name: one question of a client makes mDNS answer with all
of them. Starting it costs the IPP server nothing; whatever fails is logged with its reason and tried again.
"""

import asyncio
import logging
from collections.abc import Callable, Iterable, Sequence
from typing import Final, NamedTuple

from zeroconf import Error as ZeroconfError

from plantin.core.model import QueueRecord
from plantin.frontends.dnssd.names import numbered
from plantin.frontends.dnssd.place import Place
from plantin.frontends.dnssd.responder import Responder
from plantin.frontends.dnssd.service import Service, service
from plantin.frontends.dnssd.text import text_record
from plantin.frontends.ipp.context import IppSettings
from plantin.frontends.ipp.directory import Directory, QueueEntry
from plantin.frontends.ipp.printer.describe import Describer
from plantin.frontends.ipp.printer.names import Base, authority, dns_sd_name

logger = logging.getLogger("plantin.dnssd")

ANNOUNCED_MAX: Final = 200
"""Queues. For more, DNS-SD in ordinary (unicast) DNS is the way (RFC 6763 section 11)."""
BATCH: Final = 10
TICK_S: Final = 1.0
RESCAN_S: Final = 30.0
"""How often the machine's interfaces are looked at."""
RETRY_FIRST_S: Final = 5.0
RETRY_MAX_S: Final = 300.0


class _Wanted(NamedTuple):
    """A queue that shall be announced."""

    queue: QueueRecord
    name: str
    text: dict[str, str]


class Announcer:
    """Announces the shared queues of a directory until it is cancelled; then says good-bye.

    Args:
        find_place: where to announce, as the machine is now; None when there is no place.
        host: the name in .local that announcements point to.
        settings: of the IPP server: whether TLS is spoken, and its external name for pages.
        maximum: queues that are announced at most.
    """

    def __init__(
        self,
        directory: Directory,
        describer: Describer,
        settings: IppSettings,
        *,
        find_place: Callable[[], Place | None],
        host: str,
        maximum: int = ANNOUNCED_MAX,
        tick_s: float = TICK_S,
    ) -> None:
        self._directory = directory
        self._describer = describer
        self._settings = settings
        self._find_place = find_place
        self._host = host
        self._maximum = maximum
        self._tick_s = tick_s
        self._announced: dict[int, tuple[str, Service]] = {}
        """Queue id to the name that was wanted and what is announced."""
        self._numbers: dict[int, int] = {}
        """Queue id to the number behind its name, where others had the plain one."""
        self._again: list[int] = []
        """Queues that were announced once and have to be announced once more."""
        self._texts: dict[int, tuple[QueueEntry, dict[str, str]]] = {}
        self._left_out = 0

    def names(self) -> dict[int, str]:
        """What is announced now: queue id to instance name."""
        return {queue_id: one.name for queue_id, (_, one) in self._announced.items()}

    async def run(self) -> None:
        """Announces until it is cancelled."""
        wait = RETRY_FIRST_S
        said = ""
        while True:
            place = self._find_place()
            trouble = "no interface is left on which the IPP server can be reached" if place is None else ""
            if place is not None:
                try:
                    await self._session(place)
                    wait = RETRY_FIRST_S
                    continue
                except (OSError, ZeroconfError) as error:
                    trouble = f"{error}" or type(error).__name__
                except Exception:
                    logger.exception("announcing failed")
                    trouble = "a defect; see above"
            if trouble != said:
                logger.warning("queues are not announced: %s; tried again from time to time", trouble)
                said = trouble
            await asyncio.sleep(wait)
            wait = min(wait * 2, RETRY_MAX_S)

    async def _session(self, place: Place) -> None:
        """Announces in one place until the machine's addresses change."""
        responder = Responder(place.addresses)
        try:
            await responder.open()
            logger.info(
                "announcing queues as %s:%d on %s", self._host, place.port, ", ".join(place.addresses)
            )
            await self._follow(responder, place)
        finally:
            services = [one for _, one in self._announced.values()]
            self._announced, self._again, self._texts = {}, [], {}
            await responder.close(services)

    async def _follow(self, responder: Responder, place: Place) -> None:
        loop = asyncio.get_running_loop()
        look_again = loop.time() + RESCAN_S
        seen: tuple[int, int] | None = None
        wanted: dict[int, _Wanted] = {}
        while True:
            now = self._directory.generation, len(self._directory)
            if now != seen:
                seen, wanted = now, self._wanted(place)
            await self._step(responder, place, wanted)
            await asyncio.sleep(self._tick_s)
            if loop.time() >= look_again:
                look_again = loop.time() + RESCAN_S
                if self._find_place() != place:
                    return

    def _wanted(self, place: Place) -> dict[int, _Wanted]:
        base = Base(
            authority(self._settings.external_host, f"{self._host}:{place.port}", ("", place.port)),
            secure=self._settings.tls,
            both=self._settings.tls,
            form="ipp",
        )
        wanted: dict[int, _Wanted] = {}
        texts: dict[int, tuple[QueueEntry, dict[str, str]]] = {}
        shared = 0
        for entry in self._directory.entries():
            if not entry.queue.shared:
                continue
            shared += 1
            if shared > self._maximum:
                continue
            known = self._texts.get(entry.queue.id)
            if known is None or known[0] is not entry:  # an entry never changes: a change replaces it
                view = self._describer.view(entry, base, spool_full=False)
                known = entry, text_record(view, self._describer.server)
            texts[entry.queue.id] = known
            wanted[entry.queue.id] = _Wanted(entry.queue, dns_sd_name(entry.queue), known[1])
        self._texts = texts
        left_out = max(0, shared - self._maximum)
        if left_out and left_out != self._left_out:
            logger.warning("%d of %d shared queues are not announced: too many", left_out, shared)
        self._left_out = left_out
        return wanted

    async def _step(self, responder: Responder, place: Place, wanted: dict[int, _Wanted]) -> None:
        """A bounded piece of work: who goes, who changed, who has to be repeated, who comes."""
        await self._withdraw(responder, wanted)
        responder.say(self._services(self._again))
        self._again = []
        self._change(responder, place, wanted)
        await self._add(responder, place, wanted)

    async def _withdraw(self, responder: Responder, wanted: dict[int, _Wanted]) -> None:
        going = []
        for queue_id, (name, announced) in self._announced.items():
            want = wanted.get(queue_id)
            if want is None or want.name != name:
                self._numbers.pop(queue_id, None)
                going.append(queue_id)
            elif responder.yields(announced):
                self._next_number(queue_id, announced.name)
                going.append(queue_id)
            if len(going) == BATCH:
                break
        services = self._services(going)
        for queue_id in going:
            del self._announced[queue_id]
        if services:
            await responder.remove(services)

    def _change(self, responder: Responder, place: Place, wanted: dict[int, _Wanted]) -> None:
        changed = [
            queue_id
            for queue_id, (_, announced) in self._announced.items()
            if queue_id in wanted and wanted[queue_id].text != announced.text
        ][:BATCH]
        for queue_id in changed:
            want, (_, before) = wanted[queue_id], self._announced[queue_id]
            after = self._service(before.name, want.text, place)
            responder.replace(before, after)
            self._announced[queue_id] = want.name, after
        responder.say(self._services(changed))
        self._again += changed

    async def _add(self, responder: Responder, place: Place, wanted: dict[int, _Wanted]) -> None:
        coming = [want for queue_id, want in wanted.items() if queue_id not in self._announced][:BATCH]
        if not coming:
            return
        used = {announced.name.lower() for _, announced in self._announced.values()}
        services: dict[int, Service] = {}
        for want in coming:
            name = self._free_name(want, used)
            used.add(name.lower())
            services[want.queue.id] = self._service(name, want.text, place)
        taken = await responder.taken(list(services.values()))
        added = []
        for want in coming:
            announced = services[want.queue.id]
            if announced.name in taken:
                self._next_number(want.queue.id, announced.name)  # and with that name in the next step
                continue
            self._announced[want.queue.id] = want.name, announced
            added.append(want.queue.id)
        responder.add(self._services(added))
        responder.say(self._services(added))
        self._again += added

    def _free_name(self, want: _Wanted, used: set[str]) -> str:
        number = self._numbers.get(want.queue.id, 1)
        while numbered(want.name, number).lower() in used:
            number += 1
        self._numbers[want.queue.id] = number
        return numbered(want.name, number)

    def _next_number(self, queue_id: int, name: str) -> None:
        self._numbers[queue_id] = self._numbers.get(queue_id, 1) + 1
        logger.info("another device on the network is called %r; a queue takes the next free name", name)

    def _service(self, name: str, text: dict[str, str], place: Place) -> Service:
        return service(name, text, place, self._host, tls=self._settings.tls)

    def _services(self, ids: Sequence[int] | Iterable[int]) -> list[Service]:
        return [self._announced[one][1] for one in ids if one in self._announced]
