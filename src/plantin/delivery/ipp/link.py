"""One device, asked and answered in IPP over kept HTTP connections (RFC 8010, RFC 8011 section 4.1).

Promises a response that is complete and belongs to the request, or an error that says what the device did. A
request whose kept connection turns out to be dead is repeated once on a new one, if nothing of a document had
left. The IPP version falls back to 1.1 and 1.0 where the device wants it. Never follows redirects.
"""

import contextlib
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable
from dataclasses import dataclass, field
from itertools import count
from typing import Final

from plantin.delivery.http import Answer, Endpoint, Lost, Pool, Request, Transfer
from plantin.delivery.ipp.refusals import IppRefused
from plantin.delivery.options import Limits
from plantin.delivery.watch import StopWatch
from plantin.ipp import (
    RESPONSE_LIMITS,
    Attribute,
    Group,
    Message,
    Operation,
    ProtocolError,
    Status,
    Tag,
    attributes,
    decode,
    encode,
    is_successful,
    operation_name,
)

_OLDER: Final = {(2, 0): (1, 1), (1, 1): (1, 0)}
_HTTP: Final = {
    401: ("device-wants-authentication", "wants a user name and password"),
    403: ("device-refuses-access", "refuses access"),
    404: ("device-path-not-found", "knows no printer at this path"),
    413: ("document-too-large", "refuses a document of this size"),
    426: ("device-wants-tls", "wants TLS: its URI should begin with ipps://"),
}


class HttpRefused(Exception):
    """The device answered below IPP: an HTTP status that is not 200."""

    def __init__(self, where: str, answer: Answer) -> None:
        self.status = answer.status
        if 300 <= answer.status < 400:
            reason, text = "device-redirects", f"redirects to {answer.location[:200]!a}"
        elif answer.status in _HTTP:
            reason, text = _HTTP[answer.status]
        else:
            reason, text = "device-http-error", "failed"
        self.reason = reason
        self.text = f"{where} {text} (HTTP status {answer.status})"
        super().__init__(self.text)

    @property
    def passing(self) -> bool:
        """The answer says nothing about the job."""
        return self.status >= 500


@dataclass(slots=True)
class Document:
    """A document on its way, with what shows how far it got."""

    pieces: Callable[[], AsyncIterator[bytes]]
    octets: int
    transfer: Transfer = field(default_factory=Transfer)
    stalled: Callable[[], Awaitable[None]] | None = None


class IppLink:
    """A device for one attempt, or for one look at it.

    Args:
        user: ``requesting-user-name``.
    """

    def __init__(self, pool: Pool, endpoint: Endpoint, user: str) -> None:
        self._pool = pool
        self._user = user
        self._known = pool.known(endpoint)
        self._ids = count(1)
        self.endpoint = endpoint
        uri = endpoint.target.uri
        self.printer_uri = f"{'ipps' if uri.tls else 'ipp'}://{uri.authority}{uri.path}"

    @property
    def where(self) -> str:
        return self.endpoint.where

    @property
    def limits(self) -> Limits:
        return self.endpoint.target.options.limits

    async def ask(
        self,
        operation: Operation,
        watch: StopWatch,
        *extra: Attribute,
        job: int | None = None,
        groups: Iterable[Group] = (),
        document: Document | None = None,
    ) -> Message:
        """The device's successful response.

        Args:
            extra: operation attributes beside the usual ones, in the order in which the device gets them.
            job: ``job-id``.
            groups: further groups of the request.
            document: what follows the message.

        Raises:
            Unreachable: no connection.
            Lost: no answer; ``document.transfer`` says how far it got.
            HttpRefused, IppRefused: the device said no.
            Stopped: the wish to stop came first.
        """
        head = [attributes.uri("printer-uri", self.printer_uri)]
        if job is not None:
            head.append(attributes.integer("job-id", job))
        head.append(attributes.name("requesting-user-name", self._user))
        while True:
            request = Message(self._known.version, operation, next(self._ids))
            request.add_group(
                Tag.OPERATION_ATTRIBUTES,
                [
                    attributes.charset("attributes-charset", "utf-8"),
                    attributes.language("attributes-natural-language", "en"),
                    *head,
                    *extra,
                ],
            )
            request.groups.extend(groups)
            response = await self._exchange(request, document, watch)
            older = _OLDER.get(self._known.version)
            if response.code == Status.SERVER_ERROR_VERSION_NOT_SUPPORTED and older is not None:
                self._known.version = older
                continue
            if not is_successful(response.code):
                raise IppRefused(self.where, operation_name(operation), response)
            return response

    async def _exchange(self, request: Message, document: Document | None, watch: StopWatch) -> Message:
        answer = await self._post(encode(request), document, watch)
        if answer.version == "1.0":
            self._known.http11 = False
        if answer.status != 200:
            raise HttpRefused(self.where, answer)
        if answer.content_type not in ("application/ipp", ""):
            raise Lost("bad-answer", f"{self.where} answers with {answer.content_type[:80]}, not with IPP")
        try:
            response, _ = decode(answer.body, RESPONSE_LIMITS, self.endpoint.target.options.quirks)
        except ProtocolError as error:
            raise Lost("bad-answer", f"{self.where} sends an answer that cannot be read: {error}") from None
        if (
            response.request_id != request.request_id
            and not self.endpoint.target.options.quirks.wrong_request_id
        ):
            raise Lost(
                "bad-answer",
                f"{self.where} answers request {response.request_id} and not {request.request_id}"
                " (quirk wrong-request-id)",
            )
        return response

    async def _post(self, message: bytes, document: Document | None, watch: StopWatch) -> Answer:
        fresh = False
        while True:
            connection = await self._pool.take(self.endpoint, watch, fresh=fresh)
            kept = connection.used > 0
            request = self._request(message, document)
            transfer = document.transfer if document is not None else Transfer()
            try:
                answer = await connection.exchange(request, transfer, watch, self.limits)
            except Lost as lost:
                if kept and lost.silent and not transfer.octets and lost.reason != "answer-timeout":
                    fresh = True
                    continue
                raise
            finally:
                if connection.ignores_expect:
                    self._known.expect = False
                self._pool.give(self.endpoint, connection)
            if answer.status == 417 and request.expect and not transfer.octets:
                self._known.expect = False
                continue
            return answer

    def _request(self, message: bytes, document: Document | None) -> Request:
        uri = self.endpoint.target.uri
        request = Request(uri.path, uri.authority, message, expect=self._known.expect)
        if document is not None:
            request.document = document.pieces()
            request.document_octets = document.octets
            request.chunked = self._known.http11 and self.endpoint.target.options.chunked
            request.stalled = document.stalled
        return request

    @contextlib.asynccontextmanager
    async def quietly(self) -> AsyncIterator[StopWatch]:
        """A watch for what has to be asked although the job shall stop."""
        watch = StopWatch()
        try:
            yield watch
        finally:
            watch.close()
