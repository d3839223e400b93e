"""How a request is refused: the product's errors as IPP status codes (RFC 8011 section 4.1.7, appendix B)."""

from collections.abc import Iterable
from typing import Final

from plantin.core.errors import NotFound, Permanent, PlantinError, Refusal, Temporary
from plantin.ipp import Attribute, Status, tag_name

_BY_KEYWORD: Final = {status.keyword: status for status in Status}
_TEMPORARY: Final = {
    "spool-busy": Status.SERVER_ERROR_BUSY,
    "shutting-down": Status.SERVER_ERROR_SERVICE_UNAVAILABLE,
    "spool-closed": Status.SERVER_ERROR_SERVICE_UNAVAILABLE,
}


class BadRequest(Refusal):
    """The request breaks the protocol; the text names the attribute."""

    def __init__(self, text: str, attributes: Iterable[Attribute] = ()) -> None:
        super().__init__("bad-request", text, status="client-error-bad-request")
        self.attributes = tuple(attributes)


class Unsupported(Refusal):
    """Attributes or values that are not supported; they go back in the unsupported group."""

    def __init__(
        self,
        text: str,
        attributes: Iterable[Attribute] = (),
        *,
        status: Status = Status.CLIENT_ERROR_ATTRIBUTES_OR_VALUES_NOT_SUPPORTED,
        reason: str = "unsupported",
    ) -> None:
        super().__init__(reason, text, status=status.keyword)
        self.attributes = tuple(attributes)


def wrong_syntax(attribute: Attribute, wanted: str) -> BadRequest:
    """The attribute has a syntax (or a number of values) that it cannot have."""
    return BadRequest(f"{attribute.name} must be {wanted}, not {tag_name(attribute.tag)}", (attribute,))


def refused(status: Status, reason: str, text: str) -> Refusal:
    """A refusal with a status by its number."""
    return Refusal(reason, text, status=status.keyword)


def not_found(text: str) -> NotFound:
    """There is no such thing."""
    return NotFound(text)


def status_of(error: PlantinError) -> Status:
    """The status code that tells a client of this error."""
    if isinstance(error, Refusal):
        return _BY_KEYWORD.get(error.status, Status.CLIENT_ERROR_NOT_POSSIBLE)
    if isinstance(error, Temporary):
        return _TEMPORARY.get(error.reason, Status.SERVER_ERROR_TEMPORARY_ERROR)
    if isinstance(error, Permanent):
        return Status.SERVER_ERROR_INTERNAL_ERROR
    return Status.SERVER_ERROR_INTERNAL_ERROR
