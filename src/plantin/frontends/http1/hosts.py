"""The Host header (RFC 9110 section 7.2) held against the names this server is known by.

A page in somebody's browser can make a name of its own resolve to our address (DNS rebinding) and then talk
to us with the browser's network rights; the Host header gives it away. IP literals pass, because such an
attack needs a name. Only the name is compared: clients send wrong ports (``Host: localhost:0``).
"""

import ipaddress
import re
from collections.abc import Callable, Iterable

from plantin.frontends.http1.errors import HttpError

_HOST = re.compile(
    r"(?P<literal>\[[0-9A-Za-z:.%+~_-]+\])(?::[0-9]{0,5})?|(?P<name>[0-9A-Za-z._-]+)(?::[0-9]{0,5})?"
)
_CACHE_MAX = 1024

HostPredicate = Callable[[str], bool]
"""Says whether a host name (lower case, no port, no final dot) is one of ours."""


def host_rule(names: Iterable[str]) -> HostPredicate:
    """A predicate from names: ``*`` is everything, ``*.example.org`` everything below, the rest exact."""
    exact = {name.lower().rstrip(".") for name in names}
    everything = "*" in exact
    suffixes = tuple(name[1:] for name in exact if name.startswith("*.") and len(name) > 2)

    def allowed(name: str) -> bool:
        return everything or name in exact or (bool(suffixes) and name.endswith(suffixes))

    return allowed


def split_host(value: str) -> str:
    """The name or literal of a Host header value: lower case, without port, brackets kept.

    Raises:
        HttpError: 400, the value has no such form.
    """
    match = _HOST.fullmatch(value)
    if match is None:
        raise HttpError(400, "the Host header is not a host name and a port", reason="bad-host")
    literal: str | None = match["literal"]
    return (literal or match["name"].rstrip(".")).lower()


def is_always_allowed(name: str) -> bool:
    """Whether no DNS answer of a stranger can stand behind ``name``."""
    if name.startswith("[") or name == "localhost" or name.endswith(".localhost"):
        return True
    try:
        ipaddress.IPv4Address(name)
    except ValueError:
        return False
    return True


class HostCheck:
    """Checks Host header values; remembers the verdicts, so the predicate must be a stable one."""

    __slots__ = ("_allowed", "_known")

    def __init__(self, allowed: HostPredicate) -> None:
        self._allowed = allowed
        self._known: dict[bytes, str] = {}

    def check(self, value: bytes) -> str:
        """The Host header value as text, if its name is allowed.

        Raises:
            HttpError: 400 malformed, 421 a name that is not ours.
        """
        known = self._known.get(value)
        if known is not None:
            return known
        text = value.decode("latin-1")
        name = split_host(text)
        if not is_always_allowed(name) and not self._allowed(name):
            raise HttpError(421, f"this server is not known as {name[:255]}", reason="unknown-host")
        if len(self._known) >= _CACHE_MAX:
            self._known.clear()
        self._known[value] = text
        return text
