"""Conditional GET for what is made anew for each request (RFC 9110 section 13): clients that have it already
are told so.

Nothing says when such content changed, only what it is now. Its edition dates from when this process first
saw it, rounded up to a whole second: a client is never told that what it has is current when it may not be,
at worst it is sent what it has already.
"""

from collections import OrderedDict
from datetime import UTC
from email.utils import formatdate, parsedate_to_datetime
from hashlib import sha256
from typing import NamedTuple

from plantin.frontends.http1 import Headers, Response


class Edition(NamedTuple):
    """Content as it is now."""

    etag: str
    """A strong entity tag, with its quotes."""
    seen: int
    """Unix time, in seconds: it has been like this since then, if not longer."""


class Editions:
    """The editions of what was asked for lately."""

    def __init__(self, maximum: int = 4096) -> None:
        self._known: OrderedDict[str, Edition] = OrderedDict()
        self._maximum = maximum

    def of(self, name: str, content: bytes, now_ms: int) -> Edition:
        """The edition of ``content``, which is called ``name``."""
        etag = f'"{sha256(content).hexdigest()[:32]}"'
        known = self._known.get(name)
        if known is not None and known.etag == etag:
            return known
        edition = self._known[name] = Edition(etag, -(-now_ms // 1000))
        self._known.move_to_end(name)
        if len(self._known) > self._maximum:
            self._known.popitem(last=False)
        return edition


def conditional(headers: Headers, response: Response, edition: Edition, now_ms: int) -> Response:
    """``response``, or 304 when the client has this edition already."""
    told = (
        ("ETag", edition.etag),
        ("Last-Modified", formatdate(min(edition.seen, now_ms // 1000), usegmt=True)),
        ("Cache-Control", "no-cache"),
    )
    if _has(headers, edition):
        return Response(304, told)
    return Response(response.status, (*response.headers, *told), response.body)


def _has(headers: Headers, edition: Edition) -> bool:
    tags = headers.get("if-none-match")
    if tags is not None:  # then If-Modified-Since does not count (RFC 9110 section 13.1.3)
        known = {tag.strip().removeprefix("W/") for tag in tags.split(",")}
        return edition.etag in known or "*" in known
    since = headers.get("if-modified-since")
    if since is None:
        return False
    try:
        moment = parsedate_to_datetime(since)
        if moment.tzinfo is None:
            moment = moment.replace(tzinfo=UTC)
        return moment.timestamp() >= edition.seen
    except (ValueError, OverflowError, TypeError):
        return False  # what is no date asks for nothing
