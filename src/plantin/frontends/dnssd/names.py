"""Names in DNS-SD: of a queue as people see it (RFC 6763 section 4.1.1), and of this server in .local."""

import re
from typing import Final

from plantin.core.model import QueueRecord
from plantin.ipp.text import sanitise, truncate

LABEL_OCTETS_MAX: Final = 63
"""RFC 1035 section 2.3.4: an instance name is one label."""
_NOT_IN_HOST: Final = re.compile(r"[^a-z0-9-]+")


def instance_name(queue: QueueRecord) -> str:
    """What the queue is announced as, unless another has the name: its info, else its name.

    Dots become hyphens: python-zeroconf takes a dot for the end of a label.
    """
    text = sanitise((queue.info or queue.name).replace(".", "-"), LABEL_OCTETS_MAX)
    return text or sanitise(queue.name.replace(".", "-"), LABEL_OCTETS_MAX)


def numbered(name: str, number: int) -> str:
    """The name to try next when others have it: ``Hall``, ``Hall (2)`` … (RFC 6762 section 9)."""
    if number <= 1:
        return name
    suffix = f" ({number})"
    return truncate(name, LABEL_OCTETS_MAX - len(suffix)).rstrip() + suffix


def host_name(machine: str) -> str:
    """The name in .local that announcements point to.

    A name of its own: the machine's own name is its mDNS responder's to claim, and two claims would make
    that one rename the machine.
    """
    label = _NOT_IN_HOST.sub("-", machine.partition(".")[0].lower()).strip("-") or "server"
    return f"plantin-{label}"[:LABEL_OCTETS_MAX].rstrip("-") + ".local"
