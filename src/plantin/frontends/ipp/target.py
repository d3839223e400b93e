"""What a printer-uri or job-uri points at (RFC 8011 section 4.1.5).

Only the path decides: clients send wrong schemes, hosts and ports (``ipp://localhost/printers/q`` on any
port, Samba's ``ipp://localhost:631``, Windows' ``http://``, pycups' bare ``/``). The path is
percent-decoded once and compared case-sensitively. This module never looks anything up; a name that it
returns may not exist.
"""

import re
from dataclasses import dataclass
from enum import Enum
from functools import lru_cache
from typing import Final
from urllib.parse import unquote

URI_OCTETS_MAX: Final = 1023
_BEFORE_PATH: Final = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*://[^/?#]*")
_WINDOWS_SUFFIX: Final = "/.printer"
_ROOTS: Final = frozenset({"", "printers", "classes", "jobs", "admin", "ipp", "ipp/system"})


class Kind(Enum):
    """What sort of object a target is."""

    SERVER = "server"
    """The whole server: every queue (``/``, ``/printers/``, ``/jobs/``, ``/admin/``)."""
    QUEUE = "queue"
    DEFAULT_QUEUE = "default queue"
    JOB = "job"


@dataclass(frozen=True, slots=True)
class Target:
    """A parsed target. ``form`` is the family of paths it was written in: "printers", "classes" or "ipp"."""

    kind: Kind
    queue: str = ""
    job: int = 0
    form: str = "printers"


class BadTarget(ValueError):
    """The URI has no form that means anything here. The text says what is wrong with it."""


@lru_cache(maxsize=4096)
def parse_target(uri: str) -> Target:
    """The target of a URI, or of a bare path.

    Raises:
        BadTarget: it is too long, not percent-encoded UTF-8, or no path of this server.
    """
    if len(uri.encode("utf-8", "surrogatepass")) > URI_OCTETS_MAX:
        raise BadTarget(f"the URI has more than {URI_OCTETS_MAX} octets")
    path = _BEFORE_PATH.sub("", uri, count=1) if not uri.startswith("/") else uri
    path = re.split(r"[?#]", path, maxsplit=1)[0]
    try:
        path = unquote(path, errors="strict")
    except UnicodeDecodeError:
        raise BadTarget("the path of the URI is not UTF-8") from None
    if path and not path.startswith("/"):
        raise BadTarget(f"{uri!r} is neither a URI nor a path")
    path = path.removesuffix(_WINDOWS_SUFFIX)
    trimmed = path.strip("/")
    if trimmed in _ROOTS:
        return Target(Kind.SERVER)
    parts = trimmed.split("/")
    match parts:
        case ["printers" | "classes" as form, name]:
            return Target(Kind.QUEUE, name, form=form)
        case ["printers" | "classes" as form, name, number] if _is_job(number):
            return Target(Kind.JOB, name, int(number), form=form)
        case ["jobs", number] if _is_job(number):
            return Target(Kind.JOB, job=int(number))
        case ["ipp", "print"]:
            return Target(Kind.DEFAULT_QUEUE, form="ipp")
        case ["ipp", "print", name]:
            return Target(Kind.QUEUE, name, form="ipp")
        case ["ipp", "print", name, number] if _is_job(number):
            return Target(Kind.JOB, name, int(number), form="ipp")
    raise BadTarget(f"there is nothing at {path!r}")


def _is_job(text: str) -> bool:
    return text.isascii() and text.isdigit() and len(text) <= 10
