"""Device URIs: which protocol, which machine, which options (RFC 3986; RFC 3510 for ipp, RFC 7472 for ipps).

Promises that a URI it lets through names a scheme with a backend, a host and a port where the scheme needs
them, and for ``file`` an absolute path inside one of the given roots. Never looks a name up and never opens
anything.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from types import MappingProxyType
from typing import Final
from urllib.parse import parse_qsl, unquote, urlsplit

from plantin.core.errors import Refusal

URI_OCTETS_MAX: Final = 1023
PORTS: Final[Mapping[str, int]] = MappingProxyType(
    {"socket": 9100, "raw": 9100, "ipp": 631, "ipps": 631, "http": 80, "https": 443}
)
SCHEMES: Final = frozenset(PORTS) | {"file"}
_HOST: Final = re.compile(
    r"[A-Za-z0-9_](?:[A-Za-z0-9._-]*[A-Za-z0-9_.])?|[0-9A-Fa-f:.]+(?:%[A-Za-z0-9._-]+)?"
)
NULL: Final = "/dev/null"


@dataclass(frozen=True, slots=True)
class DeviceUri:
    """A device URI taken apart."""

    scheme: str
    host: str
    """Name or address without brackets; empty for ``file``."""
    port: int
    path: str
    """Percent-encoded as given for network schemes; a decoded absolute path for ``file``."""
    query: Mapping[str, str]
    text: str

    @property
    def tls(self) -> bool:
        return self.scheme in ("ipps", "https")

    @property
    def authority(self) -> str:
        """``host:port`` as it stands in a URI and in the Host header."""
        host = f"[{self.host.partition('%')[0]}]" if ":" in self.host else self.host
        return f"{host}:{self.port}"

    @property
    def folder(self) -> bool:
        """``file`` only: the path is meant as a folder."""
        return self.path.endswith("/")


def parse_device_uri(text: str, *, file_roots: Sequence[Path] = ()) -> DeviceUri:
    """``text`` taken apart.

    Args:
        text: the device URI.
        file_roots: folders (or single files) that ``file`` devices may write to; ``/dev/null`` always may.

    Raises:
        Refusal: ``bad-device-uri`` with a sentence that says what is wrong and what would be right.
    """
    if not text or len(text.encode("utf-8", "surrogatepass")) > URI_OCTETS_MAX:
        raise _refusal(f"a device URI has 1 to {URI_OCTETS_MAX} octets")
    if any(not 0x20 < ord(char) < 0x7F for char in text):
        raise _refusal(f"the device URI {text!r} holds a space or a character that must be percent-encoded")
    try:
        parts = urlsplit(text)
        port = parts.port
    except ValueError as error:
        raise _refusal(f"the device URI {text!r} cannot be read: {error}") from None
    scheme = parts.scheme
    if scheme not in SCHEMES:
        known = ", ".join(sorted(SCHEMES))
        raise _refusal(f"the device URI {text!r} has no scheme that Plantin knows ({known})")
    if parts.username is not None or parts.password is not None:
        raise _refusal("a device URI cannot hold a user name or a password")
    query = MappingProxyType(dict(parse_qsl(parts.query, keep_blank_values=True)))
    if scheme == "file":
        return _file(text, parts.netloc, parts.path, query, file_roots)
    return _network(text, scheme, parts.hostname or "", port, parts.path, query)


def _network(
    text: str, scheme: str, host: str, port: int | None, path: str, query: Mapping[str, str]
) -> DeviceUri:
    host = unquote(host)
    if not host:
        raise _refusal(f"the device URI {text!r} names no host: write {scheme}://HOST…")
    if len(host) > 255 or not _HOST.fullmatch(host):
        raise _refusal(f"the device URI {text!r} names a host that cannot be: {host!r}")
    if port == 0:
        raise _refusal(f"the device URI {text!r} names port 0: write 1 to 65535")
    if scheme in ("socket", "raw") and path not in ("", "/"):
        raise _refusal(f"the device URI {text!r} has a path; a port-9100 device has none")
    return DeviceUri(scheme, host, port or PORTS[scheme], path or "/", query, text)


def _file(text: str, netloc: str, path: str, query: Mapping[str, str], roots: Sequence[Path]) -> DeviceUri:
    if netloc not in ("", "localhost"):
        raise _refusal(f"the device URI {text!r} names a host: write file:///ABSOLUTE/PATH")
    plain = unquote(path)
    if not plain.startswith("/") or "\0" in plain:
        raise _refusal(f"the device URI {text!r} needs an absolute path: write file:///ABSOLUTE/PATH")
    if ".." in PurePosixPath(plain).parts:
        raise _refusal(f"the device URI {text!r} climbs with '..'")
    if plain != NULL and not any(inside(Path(plain), root) for root in roots):
        allowed = ", ".join(str(root) for root in roots) or "none is configured"
        raise _refusal(f"the device URI {text!r} is outside of the folders for file devices ({allowed})")
    return DeviceUri("file", "", 0, plain, query, text)


def inside(path: Path, root: Path) -> bool:
    """Whether ``path`` is ``root`` or lies in it, by its text."""
    return path == root or root in path.parents


def _refusal(text: str) -> Refusal:
    return Refusal("bad-device-uri", text, status="client-error-bad-request")
