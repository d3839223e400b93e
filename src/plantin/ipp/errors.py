"""The two errors of the room: what a peer did wrong, and what we were asked to send and must not.

RFC 8011 section 4.1.7 and appendix B for the status that a server answers with.
"""

from plantin.ipp.status import Status


class ProtocolError(Exception):
    """The octets received are not a message within the limits.

    ``reason`` says what, ``offset`` where (octets from the start of the message) and ``status`` what a server
    answers.
    """

    def __init__(self, reason: str, offset: int, status: Status = Status.CLIENT_ERROR_BAD_REQUEST) -> None:
        super().__init__(f"{reason} (at octet {offset})")
        self.reason = reason
        self.offset = offset
        self.status = status


class EncodeError(ValueError):
    """A message, attribute or value that cannot or must not be sent. The caller's mistake, not the peer's."""
