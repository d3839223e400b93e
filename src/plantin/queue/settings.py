"""What an administrator may set about the queue manager."""

from dataclasses import dataclass, field

from plantin.queue.backoff import Backoff


@dataclass(frozen=True, slots=True)
class QueueSettings:
    """Times in seconds."""

    backoff: Backoff = field(default_factory=Backoff)
    scan_s: float = 1.0
    """How often the event log is read without a hint."""
    gather_s: float = 0.015
    """After a look at the event log, how long hints are gathered before the next one: under load one look
    finds many jobs."""
    due_s: float = 1.0
    """How often time is let act on held jobs."""
    rounds_per_scan: int = 30
    """Every so many of those, look for work that no event told of."""
    feed_rows: int = 5_000
    """Events read at once."""
    recover_s: float = 10.0
    """Wait before a device that could not tell about an interrupted job is asked again."""
