"""Identifiers: UUIDs that sort by time, so that an index on them stays dense (RFC 9562 section 5.7)."""

from typing import NewType

JobId = NewType("JobId", int)
QueueId = NewType("QueueId", int)
DeviceId = NewType("DeviceId", int)
DocumentId = NewType("DocumentId", int)
AttemptId = NewType("AttemptId", int)


def uuid7(at_ms: int, random: bytes) -> str:
    """A UUIDv7 as 36 lower-case characters.

    Args:
        at_ms: Unix time, milliseconds.
        random: 10 random octets.
    """
    head = at_ms & 0xFFFF_FFFF_FFFF
    tail = int.from_bytes(random[:10], "big")
    value = (head << 80) | (0x7 << 76) | ((tail >> 68 & 0xFFF) << 64) | (0b10 << 62) | (tail & (1 << 62) - 1)
    text = f"{value:032x}"
    return f"{text[:8]}-{text[8:12]}-{text[12:16]}-{text[16:20]}-{text[20:]}"
