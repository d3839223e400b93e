"""The IPP server: an HTTP request in, an HTTP response out (RFC 8010 section 4, RFC 8011 section 4.1).

Promises an IPP answer with a status and a reason for everything that is an IPP message or begins like one,
and a plain HTTP error for everything else. Which queue or job is meant is told by printer-uri and job-uri
alone; the path of the HTTP request is not looked at, since clients post everything anywhere.
"""

import logging
from typing import Final

from plantin.core.errors import PlantinError
from plantin.frontends.http1 import ClientGone, HttpError, Request, Response
from plantin.frontends.ipp import pages
from plantin.frontends.ipp.call import Call
from plantin.frontends.ipp.context import Context
from plantin.frontends.ipp.entropy import Entropy
from plantin.frontends.ipp.event_watch import EventWatch
from plantin.frontends.ipp.operations import OPERATIONS, supported
from plantin.frontends.ipp.printer.describe import Describer
from plantin.frontends.ipp.refusals import BadRequest, Unsupported, status_of
from plantin.frontends.ipp.reply import Reply, head, pieces
from plantin.ipp import (
    END,
    REQUEST_LIMITS,
    Decoder,
    Message,
    ProtocolError,
    Status,
    check_request,
    operation_name,
)

logger = logging.getLogger("plantin.ipp")

_IPP: Final = "application/ipp"
_HEADERS: Final = (("Content-Type", _IPP), ("Cache-Control", "no-store"))
_OWN_VERSION: Final = (2, 0)


class IppServer:
    """Answers IPP requests. One for each event loop; ``handle`` is the handler of an ``HttpServer``."""

    def __init__(self, context: Context) -> None:
        self.context = context
        self.operations = supported(context.settings)
        self.describer = Describer(
            context.directory, context.spool, context.settings, self.operations, context.clock.now_ms
        )
        self.events = EventWatch(context.store)
        self.entropy = Entropy()

    async def close(self) -> None:
        """Ends what runs in the background. Call it when no request is in work any more."""
        await self.events.close()

    async def handle(self, request: Request) -> Response:
        """Answers one HTTP request."""
        if request.method == "POST":
            kind = request.headers.first.get(b"content-type", b"").partition(b";")[0].strip().lower()
            if kind == b"application/ipp":
                return await self._answer(request)
            raise HttpError(415, f"a POST has to carry {_IPP}", reason="unsupported-media-type")
        if request.method in ("GET", "HEAD"):
            return await pages.answer(self.context, self.describer, request)
        if request.method == "OPTIONS":
            return Response(200, (("Allow", "GET, HEAD, POST, OPTIONS"),))
        raise HttpError(405, f"the method {request.method[:32]} is not taken here", reason="bad-method")

    async def _answer(self, request: Request) -> Response:
        decoder = Decoder(REQUEST_LIMITS)
        try:
            message = None
            while message is None:
                piece = await request.body.read_chunk()
                message = decoder.feed(piece) if piece else decoder.finish()
        except ProtocolError as error:
            return _broken(decoder.head, error)
        fault = check_request(message)
        if fault is not None:
            version = _OWN_VERSION if fault.status is Status.SERVER_ERROR_VERSION_NOT_SUPPORTED else None
            return _respond(message, Reply(fault.status, fault.reason), version)
        return _respond(message, await self._operate(request, message, decoder.remainder))

    async def _operate(self, request: Request, message: Message, remainder: bytes) -> Reply:
        handle = OPERATIONS.get(message.code) if message.code in self.operations else None
        if handle is None:
            return Reply(
                Status.SERVER_ERROR_OPERATION_NOT_SUPPORTED,
                f"the operation {operation_name(message.code)} is not supported",
            )
        try:
            call = Call(self.context, self.describer, request, message, remainder, self.events, self.entropy)
            return await handle(call)
        except (BadRequest, Unsupported) as error:
            return Reply(status_of(error), error.text, unsupported=error.attributes)
        except (HttpError, ClientGone):
            raise
        except PlantinError as error:
            return Reply(status_of(error), error.text)
        except Exception:
            logger.exception("%s from %s failed", operation_name(message.code), request.peer[0])
            return Reply(Status.SERVER_ERROR_INTERNAL_ERROR, "a defect of the server; its log says more")


def _broken(begun: Message | None, error: ProtocolError) -> Response:
    """The answer to octets that are no message."""
    if begun is None:
        raise HttpError(400, f"this is no IPP message: {error}", reason="bad-ipp")
    version = begun.version if begun.version[0] in (1, 2) else _OWN_VERSION
    return _respond(begun, Reply(error.status, f"{error}"), version)


def _respond(message: Message, reply: Reply, version: tuple[int, int] | None = None) -> Response:
    # Windows expects its own version back (1.0); a status-code of a newer version is for the client to know.
    start = head(version or message.version, message.request_id, reply)
    if reply.stream is None and reply.document is None:
        return Response(200, _HEADERS, start + END)
    return Response(200, _HEADERS, pieces(start, reply))
