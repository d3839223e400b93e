"""Limits on what is decoded, each enforced as soon as the octets that break it are there.

The lengths are those of RFC 8010 section 3.8 and RFC 8011 section 5.1; the counts are ours: they hold the
largest answers of real devices (media-col-database with thousands of collections) and stop a flood.
"""

from dataclasses import dataclass
from typing import Final

KIB: Final = 1024


@dataclass(frozen=True, slots=True)
class Limits:
    """What one message may hold at most; a message at the limit is taken, one above it is refused."""

    header_octets: int = 1024 * KIB
    """The whole message up to and with the end-of-attributes tag."""
    name_octets: int = 255
    """An attribute's or member's name."""
    value_octets: int = 32_767
    """One value; 32,767 is the most that RFC 8010 allows."""
    groups: int = 20_000
    """Groups: Get-Jobs and CUPS-Get-Printers answer with one for each object."""
    attributes: int = 100_000
    """Attributes in all groups together, without members of collections."""
    values: int = 20_000
    """Values in one set."""
    members: int = 1_000
    """Members of one collection."""
    depth: int = 8
    """Collections inside each other; 1 is a collection with no collection in it."""


DEFAULT_LIMITS: Final = Limits()
REQUEST_LIMITS: Final = Limits(groups=100, attributes=1_000, values=10_000, members=200)
"""For a server: what no honest client exceeds."""
RESPONSE_LIMITS: Final = Limits(header_octets=16 * 1024 * KIB, attributes=400_000)
"""For a client: what no honest device exceeds, nor a server that lists 10,000 queues."""
