"""Every limit of the HTTP driver in one place (law 6).

Octets and counts are the most that is taken: n passes, n + 1 is refused with a reason. Times are in seconds;
the sweep of the server looks at them at least four times within the shortest one (and at most 20 times a
second), so a limit may be overrun by a quarter.
"""

from dataclasses import dataclass
from typing import Final

KIB: Final = 1024
MIB: Final = 1024 * KIB


@dataclass(frozen=True, slots=True)
class HttpLimits:
    """What one client may take of the server. The defaults suit a print server of a large organisation."""

    request_line_octets: int = 8 * KIB
    """Method, target, version and the CRLF: 414 beyond."""
    target_octets: int = 4 * KIB
    """The request target as sent: 414 beyond."""
    header_octets: int = 80 * KIB
    """All header fields, counted as ``name: value CRLF``: 431 beyond. Active Directory's largest Negotiate
    token takes 64 kB of it."""
    header_count: int = 100
    """Header fields, those of a chunked body's trailer apart (they have the same limit): 431 beyond."""
    pipelined_requests: int = 64
    """Requests that may wait behind the one in work on one connection."""

    connections: int = 8_192
    """Open connections of the server; the next one is told 503."""
    connections_per_address: int = 1_024
    """Open connections of one client address; the next one is told 503."""

    first_octet_s: float = 10.0
    """From accept to the first octet. Short: clients leave half-opened connections behind."""
    handshake_s: float = 15.0
    """For a TLS handshake."""
    head_s: float = 20.0
    """From the first octet of a request to the end of its header."""
    idle_s: float = 60.0
    """Between two requests of a kept-alive connection."""
    progress_s: float = 120.0
    """The window of the two minimums below."""
    body_progress_octets: int = 1_024
    """Octets of a body that must come in each window while the server wants them: 408 beyond."""
    write_progress_octets: int = 1_024
    """Octets of an answer that a client must take in each window; the connection is dropped beyond."""
    linger_s: float = 2.0
    """How long a connection is kept after a last answer, for a client that is still sending to see it."""
    drain_s: float = 5.0
    """For the rest of a body that the handler left unread, before the connection can be used again."""
    drain_octets: int = 1 * MIB
    """The longest rest of a body that is read and thrown away for the sake of the connection."""

    read_high_water_octets: int = 256 * KIB
    """Body octets in memory at which the client is held back. One more read (256 KiB) may be on top."""
    write_high_water_octets: int = 256 * KIB
    """Octets of an answer in memory at which the producer is held back."""

    def shortest_s(self) -> float:
        """The shortest of the times, in seconds."""
        return min(
            self.first_octet_s,
            self.handshake_s,
            self.head_s,
            self.idle_s,
            self.progress_s,
            self.linger_s,
            self.drain_s,
        )
