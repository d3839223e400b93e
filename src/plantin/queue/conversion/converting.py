"""A backend around the backends: what a device cannot take, or cannot do, is done before anything is sent.

Promises (law 3): a job is converted before ``sending`` is said, or after it was taken back; what was reached
for the attempt is let go first, since no device likes a silent connection. A conversion that fails is
PERMANENT with a clear reason and nothing of the job was sent; one that could not be tried is TEMPORARY. A
wish to stop ends a conversion at once. What nobody does of a job's wishes stands in the outcome. A document
that breaks its worker is tried once more in the same attempt, and not in a later one: the device is well, and
an attempt that ends as TEMPORARY would set it aside.
"""

import asyncio
import os
from collections.abc import Awaitable, Callable, Coroutine
from contextlib import ExitStack
from dataclasses import replace
from typing import IO, Any

from plantin.core.errors import SpoolDamaged, Temporary
from plantin.core.ids import DeviceId
from plantin.core.model import Delivered, DeviceRecord, Outcome, Ticket
from plantin.core.ports import Backend, DocumentSource, Progress, Reached, Stop
from plantin.inspect import ghostscript
from plantin.queue.conversion.abilities import Hearing, abilities_of
from plantin.queue.conversion.decide import Decision, decide
from plantin.queue.conversion.prepared import Prepared, PreparedSource
from plantin.queue.conversion.workshop import Unfit, Workshop

Learn = Callable[[DeviceRecord, Stop], Awaitable[bytes]]
"""The capabilities of a device that was not asked yet; nothing when it cannot be asked."""
_NOT_THE_DEVICES = ("other-warning",)
"""What stands in a device's state when it waits for the server."""


class Converting:
    """:class:`plantin.core.ports.Backend` for every device that ``inner`` serves."""

    def __init__(self, inner: Backend, workshop: Workshop, *, learn: Learn | None = None) -> None:
        self._inner = inner
        self._workshop = workshop
        self._learn = learn
        self._ghostscript: bool | None = None
        self._converted: set[DeviceId] = set()
        """Devices whose last job was converted: the next one probably is as well."""

    async def reach(self, device: DeviceRecord, stop: Stop, limit_s: float) -> Reached | None:
        """See :class:`~plantin.core.ports.Backend`. A connection that a conversion would only close again is
        not opened."""
        if device.id in self._converted:
            return None
        return await self._inner.reach(device, stop, limit_s)

    async def probe(self, device: DeviceRecord) -> tuple[str, str] | None:
        """See :class:`~plantin.core.ports.Backend`."""
        return await self._inner.probe(device)

    async def recover(self, ticket: Ticket, device_job: str) -> Delivered | None:
        """See :class:`~plantin.core.ports.Backend`."""
        return await self._inner.recover(ticket, device_job)

    async def deliver(
        self,
        ticket: Ticket,
        source: DocumentSource,
        progress: Progress,
        stop: Stop,
        reached: Reached | None = None,
    ) -> Delivered:
        """See :class:`~plantin.core.ports.Backend`."""
        if stop.reason:
            return await self._inner.deliver(ticket, source, progress, stop, reached)
        device = ticket.device
        if (
            self._learn is not None
            and not device.capabilities
            and abilities_of(device).hearing is Hearing.IPP
        ):
            ticket = await self._known(ticket, stop, self._learn)
        decision = decide(ticket, ghostscript=self._has_ghostscript())
        if decision is not None and decision.converts:
            self._converted.add(device.id)
        elif self._converted:
            self._converted.discard(device.id)
        if decision is None:
            return await self._inner.deliver(ticket, source, progress, stop, reached)
        if decision.refusal:
            return Delivered(Outcome.PERMANENT, "unsupported-document-format", decision.refusal)
        with ExitStack() as files:
            if decision.makes_something:
                if reached is not None and decision.converts:
                    reached.close()
                    reached = None
                    await progress.not_sending()
                prepared = await self._prepare(ticket, source, decision, stop, files)
                if isinstance(prepared, Delivered):
                    return prepared
                ticket = _with_documents(ticket, decision, prepared)
                source = PreparedSource(prepared, source, self._workshop.threads)
            ticket = replace(ticket, job=replace(ticket.job, attributes=decision.attributes))
            delivered = await self._inner.deliver(ticket, source, progress, stop, reached)
        if decision.notes:
            delivered = replace(delivered, text=f"{delivered.text}; not done: {'; '.join(decision.notes)}")
        return delivered

    async def close(self) -> None:
        """Ends the workers; the backends are closed by whoever made them."""
        await self._workshop.close()

    async def _known(self, ticket: Ticket, stop: Stop, learn: Learn) -> Ticket:
        """The first job may come before the first look at its device."""
        blob = await learn(ticket.device, stop)
        return replace(ticket, device=replace(ticket.device, capabilities=blob)) if blob else ticket

    def _has_ghostscript(self) -> bool:
        if self._ghostscript is None:
            self._ghostscript = ghostscript.available() is not None
        return self._ghostscript

    async def _prepare(
        self, ticket: Ticket, source: DocumentSource, decision: Decision, stop: Stop, files: ExitStack
    ) -> dict[int, Prepared] | Delivered:
        prepared: dict[int, Prepared] = {}
        for document, work in zip(ticket.documents, decision.works, strict=True):
            if work.nothing:
                continue
            if not work.steps:
                prepared[document.number] = Prepared(
                    document, document.octets, None, work.repeat, work.separator
                )
                continue
            try:
                made = await _unless(stop, self._workshop.make(document, source, work.steps))
            except Unfit as error:
                text = f"document {document.number} cannot be made into {work.format}: {error.text}"
                return Delivered(Outcome.PERMANENT, error.reason, text)
            except SpoolDamaged as error:
                return Delivered(Outcome.PERMANENT, error.reason, error.text)
            except Temporary as error:
                return Delivered(
                    Outcome.TEMPORARY,
                    error.reason,
                    error.text,
                    retry_after_s=error.retry_after_s,
                    device_reasons=_NOT_THE_DEVICES,
                )
            if made is None:
                return Delivered(Outcome.CANCELED, stop.reason, "stopped while it was being converted")
            file = files.enter_context(made)
            octets = os.fstat(file.fileno()).st_size
            prepared[document.number] = Prepared(document, octets, file, work.repeat, work.separator)
        return prepared


def _with_documents(ticket: Ticket, decision: Decision, prepared: dict[int, Prepared]) -> Ticket:
    documents = tuple(
        replace(document, format=work.format, octets=one.sent_octets)
        if (one := prepared.get(document.number)) is not None
        else document
        for document, work in zip(ticket.documents, decision.works, strict=True)
    )
    return replace(ticket, documents=documents)


async def _unless(stop: Stop, work: Coroutine[Any, Any, IO[bytes]]) -> IO[bytes] | None:
    """The file that ``work`` makes; None when the wish to stop came first."""
    working = asyncio.ensure_future(work)
    stopping = asyncio.ensure_future(stop.wait())
    try:
        await asyncio.wait((working, stopping), return_when=asyncio.FIRST_COMPLETED)
        if working.done():
            return working.result()
    except asyncio.CancelledError:
        working.add_done_callback(_closed)
        raise
    finally:
        for task in (working, stopping):
            task.cancel()
        await asyncio.gather(working, stopping, return_exceptions=True)
    _closed(working)
    return None


def _closed(made: "asyncio.Future[IO[bytes]]") -> None:
    """What came too late is not kept open."""
    if made.done() and not made.cancelled() and made.exception() is None:
        made.result().close()
