"""A document on its way from the connection into the spool: decompressed, sniffed, counted (RFC 8011
3.2.1.1).

Promises that a document is durable when it is returned, that no more than a bounded part of it is ever in
memory, and that the client is held back while the disk is behind. Never trusts what the client says the
format is more than what the bytes say.
"""

from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass, replace
from typing import Final, Literal

from plantin.core.errors import Refusal
from plantin.core.limits import BUNDLED_DOCUMENT_OCTETS_MAX
from plantin.core.model import NewDocument
from plantin.frontends.http1.inflate import InflateLimits, Inflater
from plantin.frontends.ipp.call import Call
from plantin.frontends.ipp.refusals import BadRequest, Unsupported
from plantin.frontends.ipp.words import job_name
from plantin.inspect.sniff import HEAD_OCTETS, OCTET_STREAM, TEXT, sniff
from plantin.ipp import Status
from plantin.ipp.attributes import keyword, mime
from plantin.spool import Stored

COMPRESSIONS: Final = ("none", "gzip", "deflate")
_VAGUE: Final = frozenset({OCTET_STREAM, TEXT})
RAW: Final = "application/vnd.cups-raw"
_GENERIC: Final = frozenset({OCTET_STREAM, RAW, ""})
_UNDERSTOOD: Final = frozenset(
    {OCTET_STREAM, TEXT, RAW, "application/postscript", "application/vnd.hp-pcl", "application/vnd.hp-pclxl"}
)
"""Languages that devices tell apart by themselves; they can go as octet-stream."""


@dataclass(frozen=True, slots=True)
class Declared:
    """What a request says of the document that follows it."""

    format: str  # document-format; empty: not said
    name: str  # document-name
    language: str  # document-natural-language
    compression: str


def read_declared(call: Call, formats: Mapping[str, str]) -> Declared:
    """The document attributes of a request, checked.

    Args:
        formats: document-format-supported by lower-case form.

    Raises:
        Unsupported: the format or the compression is not supported.
        BadRequest: one has the wrong syntax.
    """
    bare = supported_format(call, formats)
    compression = call.keyword("compression") or "none"
    if compression not in COMPRESSIONS:
        raise Unsupported(
            f"the compression {compression} is not known here",
            [keyword("compression", compression)],
            status=Status.CLIENT_ERROR_COMPRESSION_NOT_SUPPORTED,
            reason="compression-not-supported",
        )
    return Declared(
        formats.get(bare, bare),
        job_name(call.name("document-name") or call.message.job_attributes.string("document-name") or ""),
        call.operation.string("document-natural-language") or "",
        compression,
    )


def supported_format(call: Call, formats: Mapping[str, str]) -> str:
    """The document-format of a request in lower case, without parameters; empty when there is none.

    Args:
        formats: document-format-supported by lower-case form.

    Raises:
        Unsupported: the queue does not take it.
    """
    format_ = call.mime("document-format") or ""
    bare = format_.partition(";")[0].strip().lower()
    if format_ and bare not in formats and bare != RAW:
        raise Unsupported(
            f"documents of the format {format_} are not taken here",
            [mime("document-format", format_)],
            status=Status.CLIENT_ERROR_DOCUMENT_FORMAT_NOT_SUPPORTED,
            reason="document-format-not-supported",
        )
    return bare


def require_size(call: Call) -> None:
    """Refuses a document that says of itself that it is too large, before it is read.

    Raises:
        Refusal: client-error-request-entity-too-large.
    """
    limit = call.context.settings.document_octets_max
    length = call.request.body.length or 0
    said = (call.integer("job-k-octets", least=0) or 0) * 1024
    if max(length, said) > limit + 1024 * 1024:
        raise Refusal(
            "document-too-large",
            f"a document of {max(length, said)} octets; {limit} is the most that is taken",
            status="client-error-request-entity-too-large",
        )


def found_format(head: bytes, declared: str, formats: Mapping[str, str]) -> str:
    """The format of a document by its first octets; what was declared where they say nothing.

    Raises:
        Unsupported: the queue's devices cannot print what the document is, whatever it was called.
    """
    seen = sniff(head)
    if seen in _VAGUE and declared.lower() not in _GENERIC:
        return declared
    plain = seen.lower()
    if plain in formats or plain in _UNDERSTOOD or RAW in formats:
        return seen
    if declared == RAW:
        return RAW
    raise Unsupported(
        f"the document is {seen}, which is not printed here",
        [mime("document-format", seen)],
        status=Status.CLIENT_ERROR_DOCUMENT_FORMAT_NOT_SUPPORTED,
        reason="document-format-not-supported",
    )


async def receive(call: Call, declared: Declared, formats: Mapping[str, str]) -> NewDocument | None:
    """The document behind the request, safe in the spool; None when there is no octet of it.

    Args:
        formats: document-format-supported by lower-case form.

    Raises:
        Temporary: the spool cannot take it now.
        Refusal: it is too large, or of a format that is not printed here.
        CompressionError: it is not compressed as it says.
    """
    body = call.request.body
    call.context.spool.admit(body.length or 0)
    if declared.compression == "none":
        whole = call.remainder + body.take_buffered() if body.complete else b""
        if whole and len(whole) <= BUNDLED_DOCUMENT_OCTETS_MAX:
            call.remainder = b""
            found = found_format(whole[:HEAD_OCTETS], declared.format, formats)
            return _document(declared, found, await call.context.spool.put(whole))
        call.remainder = whole or call.remainder
    return await store(call, call.document(), declared, formats)


async def store(
    call: Call, pieces: AsyncIterator[bytes], declared: Declared, formats: Mapping[str, str]
) -> NewDocument | None:
    """Puts a document that comes in pieces into the spool; None when there is no octet of it."""
    settings = call.context.settings
    if declared.compression != "none":
        pieces = _inflated(pieces, declared.compression, settings.document_octets_max)
    head = b""
    found = ""
    async with call.context.spool.intake() as intake:
        async for piece in pieces:
            if len(head) < HEAD_OCTETS:
                head += piece[: HEAD_OCTETS - len(head)]
            elif not found:
                found = found_format(head, declared.format, formats)
            if intake.octets + len(piece) > settings.document_octets_max:
                raise Refusal(
                    "document-too-large",
                    f"the document has more than {settings.document_octets_max} octets",
                    status="client-error-request-entity-too-large",
                )
            await intake.write(piece)
        if not intake.octets:
            return None
        found = found or found_format(head, declared.format, formats)
        stored = await intake.finish()
    return _document(declared, found, stored)


def _document(declared: Declared, found: str, stored: Stored) -> NewDocument:
    return NewDocument(
        number=1,
        format=found,
        declared_format=declared.format,
        name=declared.name,
        octets=stored.octets,
        sha256=stored.sha256,
        spool=stored.ref,
        language=declared.language,
    )


async def _inflated(pieces: AsyncIterator[bytes], coding: str, limit: int) -> AsyncIterator[bytes]:
    kind: Literal["gzip", "deflate"] = "gzip" if coding == "gzip" else "deflate"
    inflater = Inflater(kind, replace(InflateLimits(), octets=limit))
    async for piece in pieces:
        for part in inflater.feed(piece):
            yield part
    if inflater.octets_in:
        for part in inflater.finish():
            yield part


def no_document() -> BadRequest:
    """The request has to carry a document and does not."""
    return BadRequest("there is no document data behind the request")
