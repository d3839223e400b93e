"""The error families of the product: a refusal, a temporary failure, a permanent one.

Each carries a keyword for machines and a sentence for people; both reach the IPP status message, the page,
the log and ``plantin job why`` (law 7).
"""


class PlantinError(Exception):
    """Base of what Plantin raises on purpose.

    Args:
        reason: a keyword (lower case, hyphens), stable across releases.
        text: one sentence for a person, without a full stop at its end.
    """

    def __init__(self, reason: str, text: str) -> None:
        super().__init__(text)
        self.reason = reason
        self.text = text


class Refusal(PlantinError):
    """The request is understood and not granted. ``status`` names the IPP status that says so honestly."""

    def __init__(self, reason: str, text: str, *, status: str = "client-error-not-possible") -> None:
        super().__init__(reason, text)
        self.status = status


class NotFound(Refusal):
    """There is no such queue, device, job or document."""

    def __init__(self, text: str, *, reason: str = "not-found") -> None:
        super().__init__(reason, text, status="client-error-not-found")


class Temporary(PlantinError):
    """It failed now and may work later. ``retry_after_s`` is the least wait that makes sense, in seconds."""

    def __init__(self, reason: str, text: str, *, retry_after_s: float = 0.0) -> None:
        super().__init__(reason, text)
        self.retry_after_s = retry_after_s


class Permanent(PlantinError):
    """Trying again cannot help."""


class SpoolDamaged(Permanent):
    """A document at rest is missing or is not what was stored."""

    def __init__(self, text: str) -> None:
        super().__init__("document-access-error", text)
