"""Port 9100 ("AppSocket", JetDirect): the bytes of the documents on one TCP connection, and nothing else.

Promises (law 3): ``sending`` is durable before the first octet leaves; failures before it are TEMPORARY;
after it a reset, a time-out or a vanished device is UNKNOWN with the number of octets; COMPLETED means that
the device acknowledged every octet and the connection ended in order, the most that this protocol can tell,
and is never ``confirmed``. Never changes a byte of a document; job attributes cannot reach the device this
way.
"""

import asyncio
import errno
from typing import Final

from plantin.core.errors import Refusal, SpoolDamaged, Temporary
from plantin.core.model import Delivered, DeviceRecord, DocumentRecord, Ticket
from plantin.core.ports import DocumentSource, Progress, Reached, Stop
from plantin.delivery import outcome
from plantin.delivery.options import BACK_CHANNEL_OCTETS_MAX
from plantin.delivery.outcome import Unreachable
from plantin.delivery.pieces import close_pieces
from plantin.delivery.pjl_status import pjl_status
from plantin.delivery.surroundings import Surroundings, Target
from plantin.delivery.wire import Wire, Woke, connect

_READ_OCTETS: Final = 16 * 1024
_TICK_S: Final = 0.05
"""First pause between two looks at what the device has not acknowledged; there is no event for it."""
_TICK_MOST_S: Final = 1.0
_BROKEN: Final = {
    errno.ECONNRESET: ("connection-reset", "reset the connection"),
    errno.EPIPE: ("connection-closed-by-device", "closed the connection"),
    errno.ETIMEDOUT: ("connection-lost", "went away"),
    errno.EHOSTUNREACH: ("connection-lost", "went away"),
    errno.ENETUNREACH: ("connection-lost", "went away"),
}


class RawBackend:
    """Speaks to port-9100 devices. One object serves any number of them."""

    def __init__(self, surroundings: Surroundings) -> None:
        self._surroundings = surroundings

    async def reach(self, device: DeviceRecord, stop: Stop, limit_s: float) -> Wire | None:
        """Connects, so that the attempt's begin and its first byte need one write and not two."""
        try:
            return await self._connect(self._surroundings.target(device), stop, limit_s)
        except (Refusal, Unreachable):
            return None

    async def deliver(
        self,
        ticket: Ticket,
        source: DocumentSource,
        progress: Progress,
        stop: Stop,
        reached: Reached | None = None,
    ) -> Delivered:
        """See :class:`plantin.core.ports.Backend`."""
        if stop.reason:
            return outcome.stopped_before(stop.reason)
        try:
            target = self._surroundings.target(ticket.device)
            first = await source.small(ticket.documents[0]) if ticket.documents else b""
            wire = reached if isinstance(reached, Wire) else await self._connect(target, stop)
        except (Refusal, Unreachable) as error:
            return outcome.temporary(error.reason, error.text)
        except Temporary as error:  # the spool is in trouble; nothing has left
            return outcome.temporary(error.reason, error.text, retry_after_s=error.retry_after_s)
        except SpoolDamaged as error:
            return outcome.permanent(error.reason, error.text)
        if wire is None:
            return outcome.stopped_before(stop.reason)
        attempt = _Attempt(wire, target, progress, stop)
        try:
            return await attempt.run(ticket, source, first)
        finally:
            wire.close()

    async def _connect(self, target: Target, stop: Stop, limit_s: float | None = None) -> Wire | None:
        uri, limit_s = target.uri, limit_s or target.options.limits.connect_timeout
        return await connect(uri.host, uri.port, limit_s, self._surroundings.resolver, stop)

    async def probe(self, device: DeviceRecord) -> tuple[str, str] | None:
        """Opens a connection and closes it; nothing is sent."""
        try:
            wire = await self._connect(self._surroundings.target(device), _Never())
        except (Refusal, Unreachable) as error:
            return error.reason, error.text
        if wire is not None:
            wire.close()
        return None

    async def recover(self, ticket: Ticket, device_job: str) -> Delivered | None:
        """Nobody can be asked: the protocol has no jobs."""
        return outcome.unknown(
            "interrupted", "interrupted while it was being sent, and a port-9100 device cannot be asked", 0
        )

    async def close(self) -> None:
        """Nothing is kept between attempts."""


class _Never:
    """No wish to stop."""

    reason = ""

    async def wait(self) -> None:
        await asyncio.Event().wait()


class _End(Exception):
    """The attempt is over; carries its outcome up through the sending."""

    def __init__(self, delivered: Delivered) -> None:
        super().__init__(delivered.text)
        self.delivered = delivered


class _Attempt:
    """One attempt on one connection."""

    __slots__ = (
        "_all_taken",
        "_finished",
        "_heard",
        "_limits",
        "_options",
        "_progress",
        "_sent",
        "_stalled",
        "_stop",
        "_told",
        "_where",
        "_wire",
    )

    def __init__(self, wire: Wire, target: Target, progress: Progress, stop: Stop) -> None:
        self._wire = wire
        self._options = target.options
        self._limits = target.options.limits
        self._where = f"{target.uri.host} port {target.uri.port}"
        self._progress = progress
        self._stop = stop
        self._sent = 0
        self._heard = b""
        self._stalled = False
        self._told = False
        self._all_taken = False
        self._finished = False

    async def run(self, ticket: Ticket, source: DocumentSource, first: bytes | None) -> Delivered:
        self._told = ticket.device.state != 3  # an earlier attempt left it in trouble
        await self._progress.sending()
        if self._stop.reason:
            return outcome.stopped_before(self._stop.reason)
        try:
            self._still_there()
            for place, document in enumerate(ticket.documents):
                await self._document(document, source, first if place == 0 else await source.small(document))
            return await self._end()
        except _End as end:
            return end.delivered
        except OSError as error:
            return self._broken(error)
        except SpoolDamaged as error:
            self._wire.abort()
            return outcome.permanent(error.reason, error.text, octets=self._sent)
        except Temporary as error:
            self._wire.abort()
            if not self._sent:
                return outcome.temporary(error.reason, error.text, retry_after_s=error.retry_after_s)
            return outcome.unknown(error.reason, f"{error.text}, after {self._sent} octets", self._sent)

    def _still_there(self) -> None:
        """A device that accepts and closes at once, being busy, has printed nothing: not UNKNOWN yet."""
        try:
            data = self._wire.receive(_READ_OCTETS)
        except OSError as error:
            reason, text = _BROKEN.get(error.errno or 0, ("connection-failed", str(error)))
            raise _End(outcome.temporary(reason, f"{self._where} {text} before it took anything")) from None
        if data:
            self._hear(data)
        elif data == b"" and not self._options.early_close_ignored:
            raise _End(
                outcome.temporary(
                    "connection-closed-by-device",
                    f"{self._where} closed the connection before it took anything"
                    " (option early-close-ignored if it does so and prints all the same)",
                )
            )

    async def _document(self, document: DocumentRecord, source: DocumentSource, whole: bytes | None) -> None:
        if whole is not None:
            await self._send(whole)
            return
        pieces = source.chunks(document)
        try:
            async for piece in pieces:
                await self._send(piece)
        finally:
            await close_pieces(pieces)

    async def _send(self, data: bytes) -> None:
        view = memoryview(data)
        while view:
            taken = self._wire.send(view)
            if taken:
                self._sent += taken
                view = view[taken:]
            else:
                await self._room()
        if self._stop.reason:
            raise _End(self._canceled())

    async def _room(self) -> None:
        """Until the device takes more; hears what it says meanwhile."""
        left_s = self._limits.progress_timeout
        wanted = Woke.EITHER
        while True:
            piece_s = min(left_s, self._limits.stall_report) if not self._stalled else left_s
            woke = await self._wire.wait(wanted, piece_s)
            if woke is Woke.WRITE:
                self._flowing()
                return
            if woke is Woke.STOP:
                raise _End(self._canceled())
            if woke is Woke.READ:
                data = self._wire.receive(_READ_OCTETS)
                if data == b"":
                    wanted = Woke.WRITE  # its sending side is shut; it may still take ours
                elif data:
                    self._hear(data)
                continue
            left_s -= piece_s
            if left_s <= 0:
                self._wire.abort()
                raise _End(self._timed_out())
            self._stall()

    async def _end(self) -> Delivered:
        """Half-close, then until the device has acknowledged everything and closed, or the linger is over."""
        self._wire.finish()
        self._finished = True
        loop = asyncio.get_running_loop()
        closed = False
        tick_s = _TICK_S
        left = self._wire.unacknowledged()
        moved_at = loop.time()
        while True:
            self._all_taken = not left
            now = loop.time()
            limit_s = self._limits.progress_timeout if left else self._limits.linger
            if now - moved_at >= limit_s:
                break
            woke = await self._wire.wait(
                Woke.TIME if closed else Woke.READ,
                min(tick_s, limit_s) if left else max(0.0, moved_at + limit_s - now),
            )
            if woke is Woke.STOP:
                return self._canceled()
            if woke is Woke.READ:
                data = self._wire.receive(_READ_OCTETS)
                closed = data == b""
                if data:
                    self._hear(data)
            tick_s = min(tick_s * 2, _TICK_MOST_S)
            still = self._wire.unacknowledged()
            if still != left:
                left, moved_at = still, loop.time()
                self._flowing()
            elif left and loop.time() - moved_at >= self._limits.stall_report:
                self._stall()
            if closed and not left:
                self._all_taken = True
                return self._closed()
        return self._timed_out() if left else self._not_closed()

    def _closed(self) -> Delivered:
        code = self._wire.error()
        if code:
            return self._broken(OSError(code, errno.errorcode.get(code, str(code))))
        if self._told:
            self._rest()
        return outcome.completed(
            f"{self._where} took all {self._sent} octets and closed{self._said()}", self._sent
        )

    def _not_closed(self) -> Delivered:
        return outcome.completed(
            f"{self._where} took all {self._sent} octets; it did not close the connection within"
            f" {self._limits.linger:g} s{self._said()}",
            self._sent,
            reason=outcome.SUCCESS if self._limits.linger == 0 else "job-completed-with-warnings",
        )

    def _timed_out(self) -> Delivered:
        return outcome.unknown(
            "transfer-timeout",
            f"{self._where} took nothing for {self._limits.progress_timeout:g} s, after {self._sent} octets"
            f"{self._said()}",
            self._sent,
        )

    def _canceled(self) -> Delivered:
        self._wire.abort()
        all_of = "all of its " if self._all_taken else ""
        text = f"stopped when {all_of}{self._sent} octets had been sent"
        return outcome.canceled(self._stop.reason, text, self._sent)

    def _broken(self, error: OSError) -> Delivered:
        if error.errno == errno.ECONNRESET and self._options.reset_is_close and self._finished:
            return outcome.completed(f"{self._where} took all {self._sent} octets", self._sent)
        reason, text = _BROKEN.get(error.errno or 0, ("connection-failed", f"failed: {error}"))
        return outcome.unknown(
            reason, f"{self._where} {text} after {self._sent} octets had been sent{self._said()}", self._sent
        )

    def _hear(self, data: bytes) -> None:
        self._heard = (self._heard + data)[-BACK_CHANNEL_OCTETS_MAX:]
        status = pjl_status(self._heard)
        if status is not None:
            self._told = True
            self._progress.device_state(status.state, status.reasons, status.text)

    def _said(self) -> str:
        status = pjl_status(self._heard) if self._heard else None
        if status is None or status.reasons == ("none",):
            return ""
        return f"; it says {status.text!r} ({', '.join(status.reasons)})"

    def _rest(self) -> None:
        """What was said of the device is not left standing, unless the device itself says so still."""
        status = pjl_status(self._heard)
        if status is None or status.reasons == ("none",):
            self._progress.device_state(3, ("none",), "")

    def _stall(self) -> None:
        if not self._stalled:
            self._stalled = True
            self._progress.device_state(
                5,
                ("timed-out",),
                f"has taken nothing for {self._limits.stall_report:g} s, after {self._sent} octets",
            )

    def _flowing(self) -> None:
        if self._stalled:
            self._stalled = False
            self._told = True
            self._progress.device_state(4, ("none",), "")
