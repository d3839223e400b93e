"""A device's refusals as outcomes, one table.

Promises that a refusal that time or an administrator can cure is TEMPORARY (the job waits, with the reason in
sight) and that only the device's verdict on the document or on the wishes is PERMANENT. RFC 8011 appendix B.
"""

from typing import Final

from plantin.core.model import Delivered
from plantin.delivery import outcome
from plantin.ipp import Message, Status, status_name

_BUSY_S: Final = 1.0
_PERMANENT: Final = {
    Status.CLIENT_ERROR_BAD_REQUEST: "bad-request",
    Status.CLIENT_ERROR_REQUEST_ENTITY_TOO_LARGE: "document-too-large",
    Status.CLIENT_ERROR_REQUEST_VALUE_TOO_LONG: "bad-request",
    Status.CLIENT_ERROR_DOCUMENT_FORMAT_NOT_SUPPORTED: "unsupported-document-format",
    Status.CLIENT_ERROR_ATTRIBUTES_OR_VALUES_NOT_SUPPORTED: "unsupported-attributes-or-values",
    Status.CLIENT_ERROR_CHARSET_NOT_SUPPORTED: "bad-request",
    Status.CLIENT_ERROR_CONFLICTING_ATTRIBUTES: "conflicting-attributes",
    Status.CLIENT_ERROR_COMPRESSION_NOT_SUPPORTED: "unsupported-compression",
    Status.CLIENT_ERROR_COMPRESSION_ERROR: "compression-error",
    Status.CLIENT_ERROR_DOCUMENT_FORMAT_ERROR: "document-format-error",
    Status.CLIENT_ERROR_DOCUMENT_PASSWORD_ERROR: "document-password-error",
    Status.CLIENT_ERROR_DOCUMENT_PERMISSION_ERROR: "document-permission-error",
    Status.CLIENT_ERROR_DOCUMENT_SECURITY_ERROR: "document-security-error",
    Status.CLIENT_ERROR_DOCUMENT_UNPRINTABLE_ERROR: "document-unprintable-error",
    Status.CLIENT_ERROR_ACCOUNT_INFO_NEEDED: "account-info-needed",
    Status.CLIENT_ERROR_ACCOUNT_CLOSED: "account-closed",
    Status.CLIENT_ERROR_ACCOUNT_LIMIT_REACHED: "account-limit-reached",
    Status.CLIENT_ERROR_ACCOUNT_AUTHORIZATION_FAILED: "account-authorization-failed",
    Status.SERVER_ERROR_OPERATION_NOT_SUPPORTED: "operation-not-supported",
    Status.SERVER_ERROR_MULTIPLE_DOCUMENT_JOBS_NOT_SUPPORTED: "multiple-document-jobs-not-supported",
    Status.SERVER_ERROR_TOO_MANY_DOCUMENTS: "too-many-documents",
}
_TEMPORARY: Final = {
    Status.CLIENT_ERROR_FORBIDDEN: "device-refuses-access",
    Status.CLIENT_ERROR_NOT_AUTHENTICATED: "device-wants-authentication",
    Status.CLIENT_ERROR_NOT_AUTHORIZED: "device-refuses-access",
    Status.CLIENT_ERROR_NOT_FOUND: "device-path-not-found",
    Status.CLIENT_ERROR_GONE: "device-path-not-found",
    Status.SERVER_ERROR_SERVICE_UNAVAILABLE: "device-unavailable",
    Status.SERVER_ERROR_DEVICE_ERROR: "device-error",
    Status.SERVER_ERROR_NOT_ACCEPTING_JOBS: "device-not-accepting-jobs",
    Status.SERVER_ERROR_BUSY: "device-busy",
    Status.SERVER_ERROR_JOB_CANCELED: "job-canceled-at-device",
    Status.SERVER_ERROR_PRINTER_IS_DEACTIVATED: "device-deactivated",
    Status.SERVER_ERROR_TOO_MANY_JOBS: "device-busy",
}
ABORT_REASONS: Final = frozenset(
    {
        "compression-error",
        "conflicting-attributes",
        "document-access-error",
        "document-format-error",
        "document-password-error",
        "document-permission-error",
        "document-security-error",
        "document-unprintable-error",
        "unsupported-attributes-or-values",
        "unsupported-compression",
        "unsupported-document-format",
    }
)
"""``job-state-reasons`` of an aborted job that another attempt would meet again."""


class IppRefused(Exception):
    """The device answered with an error status."""

    def __init__(self, where: str, operation: str, response: Message) -> None:
        self.status = response.code
        said = response.operation_attributes.string("status-message") or ""
        detail = response.operation_attributes.string("detailed-status-message") or ""
        words = "; ".join(dict.fromkeys(text for text in (said, detail) if text))[:300]
        words = "".join(char if char.isprintable() else " " for char in words)
        name = status_name(response.code)
        self.text = f"{where} answers {operation} with {name}" + (f": {words}" if words else "")
        self.response = response
        super().__init__(self.text)

    @property
    def gone(self) -> bool:
        """The job (or the path) is not known to the device."""
        return self.status in (Status.CLIENT_ERROR_NOT_FOUND, Status.CLIENT_ERROR_GONE)

    @property
    def passing(self) -> bool:
        """The device is in trouble and may not be later: the answer says nothing about the job."""
        return self.status >= Status.SERVER_ERROR_INTERNAL_ERROR and self.status not in _PERMANENT


def as_outcome(refused: IppRefused, octets: int = 0) -> Delivered:
    """What a refused attempt ends with when no paper can have come out."""
    if refused.status in _PERMANENT:
        return outcome.permanent(_PERMANENT[Status(refused.status)], refused.text, octets=octets)
    reason = _TEMPORARY.get(Status(refused.status)) if refused.status in _TEMPORARY else None
    wait_s = _BUSY_S if reason == "device-busy" else 0.0
    return outcome.temporary(
        reason or "device-temporary-error", refused.text, octets=octets, retry_after_s=wait_s
    )
