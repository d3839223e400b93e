"""How clients are told to reach a queue, a job or a page: the URIs in answers.

The path family follows what the client used, because libcups joins several printer-uri-supported values into
one broken URI: ``/printers/`` and ``/classes/`` answer with one URI, ``/ipp/print/`` with ipp and ipps.
Host and port are the configured external name, else what the client itself called us.
"""

from dataclasses import dataclass
from functools import lru_cache
from typing import Final
from urllib.parse import quote

from plantin.core.model import QueueRecord
from plantin.ipp.text import sanitise

DNS_LABEL_OCTETS_MAX: Final = 63
"""RFC 1035 section 2.3.4."""


@dataclass(frozen=True, slots=True)
class Base:
    """Where this server is, as one client sees it. Equal ones are the same key of a cache."""

    authority: str
    """``host:port``"""
    secure: bool
    """The client came over TLS."""
    both: bool
    """Both ipp and ipps may be told (the port takes both)."""
    form: str
    """"printers" or "ipp": the family of paths."""

    @property
    def scheme(self) -> str:
        return "ipps" if self.secure else "ipp"

    @property
    def web(self) -> str:
        """The start of an http(s) URI of this server."""
        return f"{'https' if self.secure else 'http'}://{self.authority}"

    def queue_uris(self, queue: QueueRecord) -> tuple[str, ...]:
        """printer-uri-supported."""
        name = quoted(queue.name)
        if self.form != "ipp":
            family = "classes" if queue.is_class else "printers"
            return (f"{self.scheme}://{self.authority}/{family}/{name}",)
        path = f"{self.authority}/ipp/print/{name}"
        if not self.both:
            return (f"{self.scheme}://{path}",)
        return (f"{self.scheme}://{path}", f"{'ipp' if self.secure else 'ipps'}://{path}")

    def securities(self) -> tuple[str, ...]:
        """uri-security-supported, one for each of ``queue_uris``."""
        own = "tls" if self.secure else "none"
        if self.form != "ipp" or not self.both:
            return (own,)
        return (own, "none" if self.secure else "tls")

    def queue_uri(self, queue: QueueRecord) -> str:
        """job-printer-uri."""
        return self.queue_uris(queue)[0]

    def job_uri(self, job: int) -> str:
        """job-uri."""
        return f"{self.scheme}://{self.authority}/jobs/{job}"

    def page(self, queue: QueueRecord) -> str:
        """printer-more-info."""
        return f"{self.web}/printers/{quoted(queue.name)}"


@lru_cache(maxsize=65_536)
def quoted(name: str) -> str:
    """The name as a path segment."""
    return quote(name, safe="!$&'()*+,;=:@-._~")


def dns_sd_name(queue: QueueRecord) -> str:
    """printer-dns-sd-name: what the queue is announced as, unless another device has the name (PWG 5100.13).

    One label of DNS, so at most 63 octets. Dots become hyphens: responders take a dot for the end of a label.
    """
    name = sanitise((queue.info or queue.name).replace(".", "-"), DNS_LABEL_OCTETS_MAX)
    return name or sanitise(queue.name.replace(".", "-"), DNS_LABEL_OCTETS_MAX)


def authority(external: str, host: str, local: tuple[str, int]) -> str:
    """``host:port`` for URIs.

    Args:
        external: the configured name, with or without a port.
        host: the Host header, checked by the HTTP driver; empty when there was none.
        local: our end of the connection.
    """
    port = local[1] or 631
    name = external or host
    if not name:
        address = local[0] or "localhost"
        return f"[{address}]:{port}" if ":" in address else f"{address}:{port}"
    if name.startswith("["):
        literal, _, rest = name.partition("]")
        given = rest.removeprefix(":")
        return f"{literal}]:{_port(given, port)}"
    bare, _, given = name.partition(":")
    return f"{bare.rstrip('.').lower()}:{_port(given, port)}"


def _port(given: str, otherwise: int) -> int:
    # libcups says "localhost:0" over a domain socket.
    return int(given) if given.isdigit() and 0 < int(given) < 65_536 else otherwise
