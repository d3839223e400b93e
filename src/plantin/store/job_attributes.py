"""The few attributes of a job or a document that the store itself acts on, read out of their encoded form.

The rest of those octets is opaque here.
"""

from plantin.ipp.blobs import unpack

_CANCEL_AFTER = "job-cancel-after"


def cancel_after_s(encoded: bytes) -> int:
    """``job-cancel-after`` (PWG 5100.7): seconds that the job may be processed; 0: as long as it takes."""
    if _CANCEL_AFTER.encode() not in encoded:  # nearly always; decoding costs more than the rest of a begin
        return 0
    for attribute in unpack(encoded):
        first = attribute.first
        if attribute.name == _CANCEL_AFTER and isinstance(first, int) and first > 0:
            return first
    return 0
