"""Names in DNS-SD: the next one for a queue whose name others have, and that of this server in .local."""

import re
from typing import Final

from plantin.frontends.ipp.printer.names import DNS_LABEL_OCTETS_MAX
from plantin.ipp.text import truncate

_NOT_IN_HOST: Final = re.compile(r"[^a-z0-9-]+")


def numbered(name: str, number: int) -> str:
    """The name to try next when others have it: ``Hall``, ``Hall (2)`` … (RFC 6762 section 9)."""
    if number <= 1:
        return name
    suffix = f" ({number})"
    return truncate(name, DNS_LABEL_OCTETS_MAX - len(suffix)).rstrip() + suffix


def host_name(machine: str) -> str:
    """The name in .local that announcements point to.

    A name of its own: the machine's own name is its mDNS responder's to claim, and two claims would make
    that one rename the machine.
    """
    label = _NOT_IN_HOST.sub("-", machine.partition(".")[0].lower()).strip("-") or "server"
    return f"plantin-{label}"[:DNS_LABEL_OCTETS_MAX].rstrip("-") + ".local"
