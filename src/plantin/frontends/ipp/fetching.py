"""Documents by reference: Print-URI and Send-URI fetch them over http and https (RFC 9110, RFC 9112).

Whoever may name a URI makes this server connect somewhere, so it is off by default and goes only to hosts
that the administrator named (and to nobody those redirect to: redirects are refused). One request, HTTP/1.0
so that the body has no chunks, bounded in time and octets.
"""

import asyncio
import ssl
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass, replace
from typing import Final
from urllib.parse import urlsplit

from plantin.core.errors import Refusal
from plantin.core.model import NewDocument
from plantin.frontends.http1 import host_rule
from plantin.frontends.ipp.call import Call
from plantin.frontends.ipp.incoming import Declared, store
from plantin.frontends.ipp.refusals import BadRequest, Unsupported, refused
from plantin.frontends.ipp.words import job_name
from plantin.ipp import Status
from plantin.ipp.attributes import uri as uri_attribute

_CONNECT_S: Final = 15.0
_PROGRESS_S: Final = 60.0
_HEADER_OCTETS_MAX: Final = 64 * 1024
_PIECE_OCTETS: Final = 256 * 1024
_PORTS: Final = {"http": 80, "https": 443}


@dataclass(frozen=True, slots=True)
class _Place:
    host: str
    port: int
    tls: bool
    target: str
    authority: str


async def fetch(call: Call, declared: Declared, formats: Mapping[str, str]) -> NewDocument:
    """The document that document-uri names, safe in the spool.

    Raises:
        BadRequest: there is no document-uri.
        Unsupported: its scheme is not http or https.
        Refusal: it may not be fetched, or could not be (client-error-document-access-error).
    """
    uri = call.uri("document-uri")
    if uri is None:
        raise BadRequest("the request needs document-uri")
    place = _place(call, uri)
    if not declared.name:
        declared = replace(declared, name=job_name(urlsplit(uri).path.rpartition("/")[2]))
    document = await store(call, _body(place), declared, formats)
    if document is None:
        raise _access_error(f"{place.authority} sent an empty document")
    return replace(document, uri=uri)


def _place(call: Call, uri: str) -> _Place:
    try:
        parts = urlsplit(uri)
        port = parts.port
    except ValueError as error:
        raise BadRequest(f"document-uri cannot be read: {error}") from None
    if parts.scheme not in _PORTS:
        raise Unsupported(
            f"the scheme {parts.scheme!r} is not fetched from",
            [uri_attribute("document-uri", uri)],
            status=Status.CLIENT_ERROR_URI_SCHEME_NOT_SUPPORTED,
            reason="uri-scheme-not-supported",
        )
    host = (parts.hostname or "").rstrip(".")
    if not host or not host_rule(call.context.settings.print_uri_hosts)(host):
        raise refused(
            Status.CLIENT_ERROR_DOCUMENT_ACCESS_ERROR,
            "not-allowed",
            f"documents are not fetched from {host or 'nowhere'}",
        )
    target = parts.path or "/"
    if parts.query:
        target = f"{target}?{parts.query}"
    if any(not 0x20 < ord(char) < 0x7F for char in target):
        raise BadRequest("document-uri holds a character that must be percent-encoded")
    own = _PORTS[parts.scheme]
    shown = f"[{host}]" if ":" in host else host
    authority = shown if port in (None, own) else f"{shown}:{port}"
    return _Place(host, port or own, parts.scheme == "https", target, authority)


def _access_error(text: str) -> Refusal:
    return refused(Status.CLIENT_ERROR_DOCUMENT_ACCESS_ERROR, "document-access-error", text)


async def _body(place: _Place) -> AsyncIterator[bytes]:
    context = ssl.create_default_context() if place.tls else None
    try:
        async with asyncio.timeout(_CONNECT_S):
            reader, writer = await asyncio.open_connection(
                place.host, place.port, ssl=context, limit=_HEADER_OCTETS_MAX
            )
    except (OSError, TimeoutError) as error:
        raise _access_error(f"{place.authority} cannot be reached: {error}") from None
    try:
        writer.write(
            f"GET {place.target} HTTP/1.0\r\nHost: {place.authority}\r\nAccept: */*\r\n"
            "Connection: close\r\nUser-Agent: Plantin\r\n\r\n".encode("ascii")
        )
        length = await _read_head(reader, place)
        octets = 0
        while length is None or octets < length:
            async with asyncio.timeout(_PROGRESS_S):
                piece = await reader.read(_PIECE_OCTETS)
            if not piece:
                break
            octets += len(piece)
            yield piece
        if length is not None and octets < length:
            raise _access_error(f"{place.authority} sent {octets} of {length} octets")
    except (OSError, TimeoutError) as error:
        raise _access_error(f"{place.authority} failed: {error or 'too slow'}") from None
    finally:
        writer.close()


async def _read_head(reader: asyncio.StreamReader, place: _Place) -> int | None:
    """The Content-Length of a good answer; None when the end of the connection is the end of the body."""
    try:
        async with asyncio.timeout(_PROGRESS_S):
            head = await reader.readuntil(b"\r\n\r\n")
    except (asyncio.IncompleteReadError, asyncio.LimitOverrunError):
        raise _access_error(f"{place.authority} sent no HTTP header") from None
    first, *lines = head.decode("latin-1").split("\r\n")
    words = first.split(" ", 2)
    if not words[0].startswith("HTTP/1.") or len(words) < 2:
        raise _access_error(f"{place.authority} does not speak HTTP")
    if words[1] != "200":
        raise _access_error(f"{place.authority} answered {' '.join(words[1:])[:80]}")
    headers = {
        name.strip().lower(): value.strip() for name, _, value in (line.partition(":") for line in lines)
    }
    if headers.get("transfer-encoding", "identity").lower() != "identity":
        raise _access_error(f"{place.authority} sent chunks to an HTTP/1.0 request")
    length = headers.get("content-length", "")
    return int(length) if length.isdigit() else None
