"""The attributes of a document object (PWG 5100.5): it lives and ends with its job, or is canceled before."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

from plantin.core.model import DocumentRecord, JobRecord
from plantin.core.states import JobState
from plantin.frontends.ipp import emit
from plantin.frontends.ipp.call import Call
from plantin.frontends.ipp.job_attributes import reasons
from plantin.frontends.ipp.refusals import BadRequest, not_found
from plantin.frontends.ipp.requested import Wanted
from plantin.ipp import DocumentState, Tag
from plantin.store.queries import jobs as queries


@dataclass(slots=True)
class DocumentView:
    """A document as one client sees it."""

    document: DocumentRecord
    job: JobRecord
    call: Call
    last: bool = False
    """No document of the job comes after it."""

    @property
    def state(self) -> DocumentState:
        """document-state: it ends with its job, unless it was canceled before."""
        return DocumentState.CANCELED if self.document.canceled_at else _STATES[self.job.state]

    @property
    def processing_at(self) -> int:
        return 0 if self.document.canceled_at else self.job.processing_at

    @property
    def completed_at(self) -> int:
        return self.document.canceled_at or self.job.completed_at


Encode = Callable[[DocumentView], bytes]

_STATES: Final = {
    JobState.INCOMING: DocumentState.PENDING,
    JobState.PENDING: DocumentState.PENDING,
    JobState.HELD: DocumentState.PENDING,
    JobState.PROCESSING: DocumentState.PROCESSING,
    JobState.STOPPED: DocumentState.PROCESSING_STOPPED,
    JobState.CANCELED: DocumentState.CANCELED,
    JobState.ABORTED: DocumentState.ABORTED,
    JobState.COMPLETED: DocumentState.COMPLETED,
}
_number = emit.integer("document-number")
_job_id = emit.integer("document-job-id")
_job_uri = emit.string(Tag.URI, "document-job-uri")
_printer_uri = emit.string(Tag.URI, "document-printer-uri")
_name = emit.string(Tag.NAME, "document-name")
_format = emit.string(Tag.MIME_MEDIA_TYPE, "document-format")
_detected = emit.string(Tag.MIME_MEDIA_TYPE, "document-format-detected")
_language = emit.string(Tag.NATURAL_LANGUAGE, "document-natural-language")
_uri = emit.string(Tag.URI, "document-uri")
_compression = emit.string(Tag.KEYWORD, "compression")
_k_octets = emit.integer("k-octets")
_state = emit.integer("document-state", Tag.ENUM)
_reasons = emit.strings(Tag.KEYWORD, "document-state-reasons")
_message = emit.string(Tag.TEXT, "document-state-message")
_last = emit.boolean("last-document")
_charset = emit.string(Tag.CHARSET, "attributes-charset")
_attributes_language = emit.string(Tag.NATURAL_LANGUAGE, "attributes-natural-language")
_up_time = emit.integer("printer-up-time")
_creation = emit.integer("time-at-creation")
_created = emit.integer("time-at-created")
_processing = emit.integer("time-at-processing")
_completed = emit.integer("time-at-completed")
_creation_date = emit.date_time("date-time-at-creation")
_processing_date = emit.date_time("date-time-at-processing")
_completed_date = emit.date_time("date-time-at-completed")
_impressions = emit.integer("impressions-completed")
_no_processing = emit.no_value("time-at-processing")
_no_completed = emit.no_value("time-at-completed")
_no_processing_date = emit.no_value("date-time-at-processing")
_no_completed_date = emit.no_value("date-time-at-completed")


def _printer_uri_of(view: DocumentView) -> bytes:
    entry = view.call.context.directory.by_id(view.job.queue)
    return _printer_uri(view.call.base.queue_uri(entry.queue)) if entry is not None else b""


DESCRIPTION: Final[dict[str, Encode]] = {
    "document-number": lambda v: _number(v.document.number),
    "document-job-id": lambda v: _job_id(v.job.id),
    "document-job-uri": lambda v: _job_uri(v.call.base.job_uri(v.job.id)),
    "document-printer-uri": _printer_uri_of,
    "document-name": lambda v: _name(v.document.name),
    "document-format": lambda v: _format(v.document.format),
    "document-format-detected": lambda v: _detected(v.document.format),
    "document-natural-language": lambda v: _language(v.document.language or "en"),
    "document-uri": lambda v: _uri(v.document.uri) if v.document.uri else b"",
    "compression": lambda v: _compression("none"),
    "k-octets": lambda v: _k_octets(min(2_147_483_647, -(-v.document.octets // 1024))),
    "document-state": lambda v: _state(v.state),
    "document-state-reasons": lambda v: _reasons(_document_reasons(v)),
    "document-state-message": lambda v: _message(""),
    "last-document": lambda v: _last(v.last and v.job.state is not JobState.INCOMING),
    "impressions-completed": lambda v: _impressions(
        0 if v.document.canceled_at else max(0, v.job.impressions)
    ),
    "attributes-charset": lambda v: _charset("utf-8"),
    "attributes-natural-language": lambda v: _attributes_language("en"),
    "printer-up-time": lambda v: _up_time(v.call.now_ms // 1000),
    "time-at-created": lambda v: _created(v.document.created_at // 1000),
    "time-at-creation": lambda v: _creation(v.document.created_at // 1000),
    "time-at-processing": lambda v: (
        _processing(v.processing_at // 1000) if v.processing_at else _no_processing
    ),
    "time-at-completed": lambda v: _completed(v.completed_at // 1000) if v.completed_at else _no_completed,
    "date-time-at-creation": lambda v: _creation_date(v.document.created_at),
    "date-time-at-processing": lambda v: (
        _processing_date(v.processing_at) if v.processing_at else _no_processing_date
    ),
    "date-time-at-completed": lambda v: (
        _completed_date(v.completed_at) if v.completed_at else _no_completed_date
    ),
}
_PRIVATE: Final = frozenset({"document-name", "document-uri"})


def _document_reasons(view: DocumentView) -> tuple[str, ...]:
    if view.document.canceled_at:
        return ("canceled-by-user",)
    return tuple(word.removeprefix("job-") for word in reasons(view.job) if word != "none") or ("none",)


@lru_cache(maxsize=256)
def _encoders(wanted: Wanted, private: bool) -> tuple[Encode, ...]:
    return tuple(
        encode for name, encode in DESCRIPTION.items() if name in wanted and (private or name not in _PRIVATE)
    )


def document_attributes(view: DocumentView, wanted: Wanted) -> bytes:
    """The attributes of a document that are wanted, encoded, without a group tag."""
    private = view.call.sees_all_of(view.job)
    return b"".join([encode(view) for encode in _encoders(wanted, private)])


async def documents_of(call: Call, job: JobRecord) -> list[DocumentRecord]:
    """The documents of a job, in their order; those too that were canceled."""
    return (await call.context.store.read(queries.documents, [job.id], canceled=True))[job.id]


async def named_document(call: Call, job: JobRecord) -> DocumentRecord:
    """The document that document-number means.

    Raises:
        BadRequest: there is no document-number.
        NotFound: the job has no such document.
    """
    number = call.integer("document-number", least=1)
    if number is None:
        raise BadRequest("the request names no document: document-number")
    for document in await documents_of(call, job):
        if document.number == number:
            return document
    raise not_found(f"job {job.id} has no document {number}")
