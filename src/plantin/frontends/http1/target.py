"""The request target: any form of RFC 9112 section 3.2 reduced to a path and a query.

The absolute form is taken with any scheme, and its authority is ignored: Samba asks for
``POST ipp://localhost:631/printers/q`` on whatever port it is connected to. The path is percent-decoded once
and never again. A path that could mean two things (dot segments, control characters, text that is not UTF-8)
is refused rather than repaired.
"""

import re
from functools import lru_cache
from urllib.parse import unquote_to_bytes

from plantin.frontends.http1.errors import HttpError

_BAD_ESCAPE = re.compile(rb"%(?![0-9A-Fa-f]{2})")
_CONTROL = re.compile(r"[\x00-\x1f\x7f]")


def _bad(text: str) -> HttpError:
    return HttpError(400, text, reason="bad-target")


@lru_cache(maxsize=1024)
def parse_target(raw: bytes) -> tuple[str, str]:
    """``raw`` as (path, query): the path decoded, the query as sent and without its ``?``.

    ``*`` stays ``*``; an absolute form without a path gives ``/``.

    Raises:
        HttpError: 400, saying what is wrong.
    """
    if raw == b"*":
        return "*", ""
    target = raw.partition(b"#")[0]
    if not target.startswith(b"/"):
        scheme, found, rest = target.partition(b"://")
        if not found or not scheme:
            raise _bad("the request target is neither a path nor an absolute URI")
        match = re.search(rb"[/?]", rest)
        target = rest[match.start() :] if match else b"/"
        if target.startswith(b"?"):
            target = b"/" + target
    path_octets, _, query = target.partition(b"?")
    if _BAD_ESCAPE.search(path_octets):
        raise _bad("the request target has a % that begins no escape")
    try:
        path = unquote_to_bytes(path_octets).decode("utf-8")
    except UnicodeDecodeError:
        raise _bad("the path of the request target is not UTF-8") from None
    if _CONTROL.search(path):
        raise _bad("the path of the request target holds a control character")
    if "/." in path and any(segment in (".", "..") for segment in path.split("/")):
        raise _bad("the path of the request target holds a dot segment")
    return path, query.decode("latin-1")
