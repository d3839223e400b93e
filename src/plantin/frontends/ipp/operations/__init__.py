"""One file for each operation, and the one table of them all."""

from collections.abc import Awaitable, Callable
from typing import Final

from plantin.frontends.ipp.call import Call
from plantin.frontends.ipp.context import IppSettings
from plantin.frontends.ipp.operations import (
    cancel_job,
    create_job,
    cups_get_classes,
    cups_get_default,
    cups_get_printers,
    get_job_attributes,
    get_jobs,
    get_printer_attributes,
    print_job,
    send_document,
    validate_job,
)
from plantin.frontends.ipp.reply import Reply
from plantin.ipp import Operation

Handle = Callable[[Call], Awaitable[Reply]]

OPERATIONS: Final[dict[int, Handle]] = {
    Operation.PRINT_JOB: print_job.handle,
    Operation.VALIDATE_JOB: validate_job.handle,
    Operation.CREATE_JOB: create_job.handle,
    Operation.SEND_DOCUMENT: send_document.handle,
    Operation.CANCEL_JOB: cancel_job.handle,
    Operation.GET_JOB_ATTRIBUTES: get_job_attributes.handle,
    Operation.GET_JOBS: get_jobs.handle,
    Operation.GET_PRINTER_ATTRIBUTES: get_printer_attributes.handle,
    Operation.CUPS_GET_DEFAULT: cups_get_default.handle,
    Operation.CUPS_GET_PRINTERS: cups_get_printers.handle,
    Operation.CUPS_GET_CLASSES: cups_get_classes.handle,
}
"""operation-id -> what handles it."""

_BY_REFERENCE: Final = frozenset({Operation.PRINT_URI, Operation.SEND_URI})


def supported(settings: IppSettings) -> tuple[int, ...]:
    """operations-supported: all of them, without those that are switched off."""
    off: frozenset[int] = frozenset() if settings.print_uri else frozenset(map(int, _BY_REFERENCE))
    return tuple(sorted(operation for operation in OPERATIONS if operation not in off))
