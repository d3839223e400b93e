"""Requests out of octets: the sans-IO half of the driver (RFC 9112), on top of llhttp (httptools).

llhttp's strict mode refuses what request smuggling is made of: two framings at once, repeated or odd
Content-Length, bad chunk sizes, obs-fold, bare CR or LF, control characters. This module adds the limits, the
transfer codings and versions that we do not speak, the Host check and the Upgrade rules (RFC 2817).

It promises that garbage gives an HttpError and nothing else, however it is cut into pieces.
"""

from dataclasses import dataclass
from typing import Protocol

import httptools

from plantin.frontends.http1.errors import HttpError
from plantin.frontends.http1.hosts import HostCheck
from plantin.frontends.http1.limits import HttpLimits
from plantin.frontends.http1.messages import Headers
from plantin.frontends.http1.target import parse_target

_VERSIONS = frozenset(("1.0", "1.1"))
_FRAMING_SLACK_OCTETS = 64 * 1024
_FRAMING_PER_OCTET = 16
"""A body of one-octet chunks has five octets of framing for each; chunk extensions without end have more."""


@dataclass(slots=True)
class Head:
    """A request up to the empty line."""

    method: str
    target: str
    path: str
    query: str
    headers: Headers
    http_version: str
    host: str
    keep_alive: bool
    length: int | None
    """Content-Length, 0 without a body, None when chunked."""
    expects_continue: bool
    upgrades_to_tls: bool


class Sink(Protocol):
    """Where parsed requests go. ``head_received`` may raise HttpError to end the parsing."""

    def head_received(self, head: Head) -> None: ...

    def body_received(self, piece: bytes) -> None: ...

    def message_ended(self) -> None: ...


class RequestParser:
    """Parses the octets of one connection, request after request.

    Args:
        sink: is told what is found, from within ``feed``.
        tls_upgrade: whether an offer of ``Upgrade: TLS/1.x`` is taken up. Only requests without a body can
            take it; for others the offer is ignored, as RFC 2817 allows.
    """

    def __init__(self, sink: Sink, limits: HttpLimits, hosts: HostCheck, *, tls_upgrade: bool) -> None:
        self._sink = sink
        self._limits = limits
        self._hosts = hosts
        self._tls_upgrade = tls_upgrade
        self._parser = httptools.HttpRequestParser(self)
        self._fault: HttpError | None = None
        self._target = b""
        self._raw: list[tuple[bytes, bytes]] = []
        self._field_octets = 0
        self._field_count = 0
        self._head_fed = 0
        self._framing = 0
        self._muted = False
        self._upgrading: Head | None = None
        self.keep_alive = True
        """Whether the request parsed last leaves the connection open."""
        self.in_head = True
        """Between two requests or within a header, not within a body."""
        self.started = False
        """Within a header: its first octet has come."""
        self.stopped = False
        """The last request of the connection has come in; what follows is ignored."""
        self.rest = b""
        """After an accepted Upgrade: the octets that follow the request."""

    def feed(self, data: bytes | memoryview) -> None:
        """Take octets in.

        Raises:
            HttpError: the request is malformed, or beyond a limit; the parser is of no use afterwards.
        """
        if self.stopped:
            return
        if self.in_head:
            self.started = True
            self._head_fed += len(data)
        else:
            self._framing += len(data)
        while True:
            try:
                self._parser.feed_data(data)
            except httptools.HttpParserUpgrade as upgrade:
                data = data[upgrade.args[0] :]
                if self._after_upgrade(data):
                    return
                continue
            except httptools.HttpParserError as error:
                self._refuse(error)
            break
        self._check_unfinished()

    def _refuse(self, error: httptools.HttpParserError) -> None:
        if self._fault is not None:
            raise self._fault from None
        if self.stopped:
            return  # llhttp minds octets after "Connection: close"; we ignore them
        if isinstance(error, httptools.HttpParserCallbackError):
            raise error
        detail = str(error.args[0]) if error.args else "malformed"
        if isinstance(error, httptools.HttpParserInvalidMethodError):
            raise HttpError(501, "the request method is not known", reason="bad-method") from None
        raise HttpError(400, f"the request is malformed: {detail}", reason="malformed") from None

    def _check_unfinished(self) -> None:
        if self.stopped:
            return
        limits = self._limits
        if self.in_head:
            if self._head_fed > limits.header_octets + limits.request_line_octets:
                raise self._header_too_large()
        elif self._framing > _FRAMING_SLACK_OCTETS:
            raise HttpError(400, "the chunked body is nearly all framing", reason="chunk-framing")

    def _fail(self, error: HttpError) -> HttpError:
        self._fault = error
        return error

    def _header_too_large(self) -> HttpError:
        most = self._limits.header_octets
        return HttpError(431, f"the request header has more than {most} octets", reason="header-too-large")

    # What llhttp calls, from within feed.

    def on_message_begin(self) -> None:
        if self._muted:
            return
        self._target = b""
        self._raw = []
        self._field_octets = 0
        self._field_count = 0
        self.started = True

    def on_url(self, piece: bytes) -> None:
        if self._muted:
            return
        self._target += piece
        most = self._limits.target_octets
        if len(self._target) > most:
            raise self._fail(
                HttpError(414, f"the request target has more than {most} octets", reason="target-too-long")
            )

    def on_header(self, name: bytes, value: bytes) -> None:
        if self._muted:
            return
        limits = self._limits
        self._field_octets += len(name) + len(value) + 4
        self._field_count += 1
        if self._field_octets > limits.header_octets:
            raise self._fail(self._header_too_large())
        if self._field_count > limits.header_count:
            most = limits.header_count
            raise self._fail(
                HttpError(431, f"the request has more than {most} header fields", reason="too-many-headers")
            )
        if self.in_head:
            self._raw.append((name.lower(), value.rstrip(b" \t")))

    def on_headers_complete(self) -> None:
        if self._muted:
            return
        try:
            head = self._head()
            self.in_head = False
            self.started = False
            self._head_fed = 0
            self._framing = 0
            self._field_octets = 0
            self._field_count = 0
            self.keep_alive = head.keep_alive
            if self._parser.should_upgrade():
                self._upgrading = head
            self._sink.head_received(head)
        except HttpError as error:
            self._fault = error
            raise

    def on_body(self, piece: bytes) -> None:
        self._framing -= len(piece) * (1 + _FRAMING_PER_OCTET)
        if self._framing < 0:
            self._framing = 0
        self._sink.body_received(piece)

    def on_message_complete(self) -> None:
        if self._upgrading is not None and not self._upgrading.upgrades_to_tls:
            return  # llhttp ends a message at an Upgrade header, body or not; _after_upgrade goes on
        self.in_head = True
        if not self.keep_alive or self._upgrading is not None:
            self.stopped = True
        self._sink.message_ended()

    def _head(self) -> Head:
        parser = self._parser
        version = parser.get_http_version()
        if version not in _VERSIONS:
            raise HttpError(505, f"HTTP/{version} is not spoken here, HTTP/1.1 is", reason="bad-version")
        method = parser.get_method()
        line_octets = len(method) + len(self._target) + len("  HTTP/1.1\r\n")
        if line_octets > self._limits.request_line_octets:
            most = self._limits.request_line_octets
            raise HttpError(414, f"the request line has more than {most} octets", reason="target-too-long")
        if method == b"CONNECT":
            raise HttpError(501, "this server is not a proxy", reason="bad-method")
        path, query = parse_target(self._target)
        headers = Headers(self._raw)
        length = self._length(headers, version)
        return Head(
            method=method.decode("latin-1"),
            target=self._target.decode("latin-1"),
            path=path,
            query=query,
            headers=headers,
            http_version=version,
            host=self._host(headers, version),
            keep_alive=parser.should_keep_alive(),
            length=length,
            expects_continue=self._expects_continue(headers, version),
            upgrades_to_tls=length == 0 and self._tls_upgrade and self._offers_tls(headers),
        )

    def _length(self, headers: Headers, version: str) -> int | None:
        coding = headers.first.get(b"transfer-encoding")
        if coding is None:
            return int(headers.first.get(b"content-length", b"0"))
        if version == "1.0":
            raise HttpError(400, "Transfer-Encoding in an HTTP/1.0 request", reason="bad-framing")
        codings = headers.get_all("transfer-encoding")
        if len(codings) != 1 or coding.lower() != b"chunked":
            raise HttpError(501, "no transfer coding but one chunked is understood", reason="transfer-coding")
        return None

    def _host(self, headers: Headers, version: str) -> str:
        value = headers.first.get(b"host")
        if value is None:
            if version == "1.0":
                return ""
            raise HttpError(400, "the request has no Host header", reason="bad-host")
        if len(headers.first) != len(headers.raw) and len(headers.get_all("host")) > 1:
            raise HttpError(400, "the request has several Host headers", reason="bad-host")
        return self._hosts.check(value)

    @staticmethod
    def _expects_continue(headers: Headers, version: str) -> bool:
        value = headers.first.get(b"expect")
        if value is None or version == "1.0":
            return False
        if value.lower() != b"100-continue":
            raise HttpError(417, "Expect: 100-continue is the only one met here", reason="bad-expect")
        return True

    def _offers_tls(self, headers: Headers) -> bool:
        if not self._parser.should_upgrade():
            return False
        offers = ",".join(headers.get_all("upgrade")).split(",")
        return any(offer.strip().upper().startswith("TLS/1.") for offer in offers)

    def _after_upgrade(self, rest: bytes | memoryview) -> bool:
        """Go on after llhttp stopped at an Upgrade header; True when the octets are not HTTP any more."""
        head = self._upgrading
        self._upgrading = None
        if head is None or head.upgrades_to_tls:
            self.rest = bytes(rest)
            self.stopped = True
            return True
        # The offer is not taken up. llhttp can't be told so: a fresh parser is given the framing alone.
        self._parser = httptools.HttpRequestParser(self)
        framing = "Transfer-Encoding: chunked" if head.length is None else f"Content-Length: {head.length}"
        connection = "keep-alive" if head.keep_alive else "close"
        self._muted = True
        try:
            self._parser.feed_data(
                f"POST / HTTP/1.1\r\nConnection: {connection}\r\n{framing}\r\n\r\n".encode("latin-1")
            )
        finally:
            self._muted = False
        return self.stopped
