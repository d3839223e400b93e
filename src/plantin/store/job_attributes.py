"""The few attributes of a job or a document that the store itself acts on, read out of their encoded form.

The rest of those octets is opaque here.
"""

# The codec is imported where it is used: commands that need none of this start sooner.

_CANCEL_AFTER = "job-cancel-after"
_STATE = "document-state"
_COMPLETED = "time-at-completed"


def cancel_after_s(encoded: bytes) -> int:
    """``job-cancel-after`` (PWG 5100.7): seconds that the job may be processed; 0: as long as it takes."""
    if _CANCEL_AFTER.encode() not in encoded:  # nearly always; decoding costs more than the rest of a begin
        return 0
    return max(0, _integers(encoded).get(_CANCEL_AFTER, 0))


def canceled_document(at: int) -> bytes:
    """The attributes of a document that was canceled at ``at``, UTC milliseconds (PWG 5100.5)."""
    from plantin.ipp import DocumentState
    from plantin.ipp.attributes import enum, integer
    from plantin.ipp.blobs import pack

    return pack([enum(_STATE, DocumentState.CANCELED), integer(_COMPLETED, at // 1000)])


def document_canceled_at(encoded: bytes) -> int:
    """When a document was canceled, in UTC milliseconds to the second; 0: it was not."""
    if not encoded:
        return 0
    from plantin.ipp import DocumentState

    found = _integers(encoded)
    return found.get(_COMPLETED, 0) * 1000 if found.get(_STATE) == DocumentState.CANCELED else 0


def _integers(encoded: bytes) -> dict[str, int]:
    from plantin.ipp.blobs import unpack

    return {
        attribute.name: attribute.first
        for attribute in unpack(encoded)
        if isinstance(attribute.first, int) and not isinstance(attribute.first, bool)
    }
