"""The attributes of a job as clients see them (RFC 8011 section 5.3, PWG 5100.7, 5100.11, CUPS).

Whose a job is, is only what its sender said; ``plantin-owner-proof`` says how the owner is known, and a
claim is called one in job-detailed-status-messages too. The private attributes are not shown to strangers.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

from plantin.core.model import DocumentRecord, JobRecord
from plantin.core.states import JobState, Reason
from plantin.frontends.ipp import access, emit
from plantin.frontends.ipp.call import Call
from plantin.frontends.ipp.directory import QueueEntry
from plantin.frontends.ipp.requested import Wanted
from plantin.ipp import Tag, encode_attributes
from plantin.ipp.blobs import unpack
from plantin.ipp.text import truncate


@dataclass(slots=True)
class JobView:
    """A job as one client sees it now."""

    job: JobRecord
    call: Call
    entry: QueueEntry | None
    """Its queue; None while that is being removed."""
    documents: Sequence[DocumentRecord] = ()


Encode = Callable[[JobView], bytes]

_id = emit.integer("job-id")
_uri = emit.string(Tag.URI, "job-uri")
_printer_uri = emit.string(Tag.URI, "job-printer-uri")
_uuid = emit.string(Tag.URI, "job-uuid")
_name = emit.string(Tag.NAME, "job-name")
_owner = emit.string(Tag.NAME, "job-originating-user-name")
_first_owner = emit.string(Tag.NAME, "original-requesting-user-name")
_host = emit.string(Tag.NAME, "job-originating-host-name")
_state = emit.integer("job-state", Tag.ENUM)
_reasons = emit.strings(Tag.KEYWORD, "job-state-reasons")
_message = emit.string(Tag.TEXT, "job-state-message")
_details = emit.strings(Tag.TEXT, "job-detailed-status-messages")
_documents = emit.integer("number-of-documents")
_device = emit.string(Tag.NAME, "output-device-assigned")
_up_time = emit.integer("job-printer-up-time")
_state_message = emit.string(Tag.TEXT, "job-printer-state-message")
_state_reasons = emit.strings(Tag.KEYWORD, "job-printer-state-reasons")
_k_octets = emit.integer("job-k-octets")
_k_processed = emit.integer("job-k-octets-processed")
_impressions = emit.integer("job-impressions-completed")
_sheets = emit.integer("job-media-sheets-completed")
_no_impressions = emit.no_value("job-impressions")
_no_sheets = emit.no_value("job-media-sheets")
_priority = emit.integer("job-priority")
_hold = emit.string(Tag.KEYWORD, "job-hold-until")
_hold_name = emit.string(Tag.NAME, "job-hold-until")
_more_info = emit.string(Tag.URI, "job-more-info")
_charset = emit.string(Tag.CHARSET, "attributes-charset")
_language = emit.string(Tag.NATURAL_LANGUAGE, "attributes-natural-language")
_format = emit.string(Tag.MIME_MEDIA_TYPE, "document-format")
_format_supplied = emit.string(Tag.MIME_MEDIA_TYPE, "document-format-supplied")
_format_detected = emit.string(Tag.MIME_MEDIA_TYPE, "document-format-detected")
_document_name = emit.string(Tag.NAME, "document-name-supplied")
_preserved = emit.boolean("job-preserved")
_files = emit.integer("document-count")
_proof = emit.string(Tag.KEYWORD, "plantin-owner-proof")
_address = emit.string(Tag.NAME, "plantin-client-address")
_attempts = emit.integer("plantin-attempts")
_creation = emit.integer("time-at-creation")
_processing = emit.integer("time-at-processing")
_completed = emit.integer("time-at-completed")
_creation_date = emit.date_time("date-time-at-creation")
_processing_date = emit.date_time("date-time-at-processing")
_completed_date = emit.date_time("date-time-at-completed")
_no_processing = emit.no_value("time-at-processing")
_no_completed = emit.no_value("time-at-completed")
_no_processing_date = emit.no_value("date-time-at-processing")
_no_completed_date = emit.no_value("date-time-at-completed")
_KIB: Final = 1024
_INTEGER_MAX: Final = 2_147_483_647


def reasons(job: JobRecord) -> tuple[str, ...]:
    """job-state-reasons: those of the row, and what holds a job whose documents are still coming."""
    words = list(job.reasons)
    if job.state is JobState.INCOMING and job.hold_reason:
        words.append(job.hold_reason)
    if job.state is JobState.PENDING and words == [Reason.QUEUED]:
        return (Reason.NONE,)
    return tuple(dict.fromkeys(words)) or (Reason.NONE,)


def _kib(octets: int) -> int:
    return min(_INTEGER_MAX, -(-octets // _KIB))


def _details_of(view: JobView) -> bytes:
    job = view.job
    messages = [truncate(job.message, 1023)] if job.message else []
    if job.owner_proof == access.CLAIM:
        messages.append("the owner's name is a claim of the client, nobody has proved it")
    return _details(messages or ["none"])


def _hold_of(view: JobView) -> bytes:
    job = view.job
    word = job.hold_keyword or ("indefinite" if job.hold_reason and not job.hold_until else "no-hold")
    return _hold_name(word) if ":" in word else _hold(word)


def _device_of(view: JobView) -> bytes:
    device = view.job.assigned or view.job.device
    record = view.call.context.directory.device(device) if device is not None else None
    return _device(truncate(record.name, 127)) if record is not None else b""


def _printer_uri_of(view: JobView) -> bytes:
    if view.entry is None:
        return _printer_uri(f"{view.call.base.scheme}://{view.call.base.authority}/")
    return _printer_uri(view.call.base.queue_uri(view.entry.queue))


def _printer_message(view: JobView) -> bytes:
    return _state_message(truncate(view.entry.queue.state_message if view.entry else "", 1023))


def _printer_reasons(view: JobView) -> bytes:
    if view.entry is None:
        return _state_reasons(("none",))
    return _state_reasons(view.call.describer.view(view.entry, view.call.base, spool_full=False).reasons)


def _processed(view: JobView) -> bytes:
    return _k_processed(_kib(view.job.octets) if view.job.state is JobState.COMPLETED else 0)


def _of_document(encode: Callable[[str], bytes], get: Callable[[DocumentRecord], str]) -> Encode:
    def encoded(view: JobView) -> bytes:
        value = get(view.documents[0]) if view.documents else ""
        return encode(value) if value else b""

    return encoded


DESCRIPTION: Final[dict[str, Encode]] = {
    "job-id": lambda v: _id(v.job.id),
    "job-uri": lambda v: _uri(v.call.base.job_uri(v.job.id)),
    "job-printer-uri": _printer_uri_of,
    "job-uuid": lambda v: _uuid(f"urn:uuid:{v.job.uuid}"),
    "job-name": lambda v: _name(v.job.name),
    "job-originating-user-name": lambda v: _owner(v.job.owner),
    "original-requesting-user-name": lambda v: _first_owner(v.job.owner),
    "job-originating-host-name": lambda v: _host(v.job.host or v.job.address or "localhost"),
    "job-state": lambda v: _state(v.job.state.ipp),
    "job-state-reasons": lambda v: _reasons(reasons(v.job)),
    "job-state-message": lambda v: _message(truncate(v.job.message, 1023)),
    "job-detailed-status-messages": _details_of,
    "number-of-documents": lambda v: _documents(v.job.documents),
    "document-count": lambda v: _files(v.job.documents),
    "output-device-assigned": _device_of,
    "time-at-creation": lambda v: _creation(v.job.created_at // 1000),
    "time-at-processing": lambda v: (
        _processing(v.job.processing_at // 1000) if v.job.processing_at else _no_processing
    ),
    "time-at-completed": lambda v: (
        _completed(v.job.completed_at // 1000) if v.job.completed_at else _no_completed
    ),
    "date-time-at-creation": lambda v: _creation_date(v.job.created_at),
    "date-time-at-processing": lambda v: (
        _processing_date(v.job.processing_at) if v.job.processing_at else _no_processing_date
    ),
    "date-time-at-completed": lambda v: (
        _completed_date(v.job.completed_at) if v.job.completed_at else _no_completed_date
    ),
    "job-printer-up-time": lambda v: _up_time(v.call.now_ms // 1000),
    "job-printer-state-message": _printer_message,
    "job-printer-state-reasons": _printer_reasons,
    "job-k-octets": lambda v: _k_octets(_kib(v.job.octets)),
    "job-k-octets-processed": _processed,
    "job-impressions": lambda v: _no_impressions,
    "job-media-sheets": lambda v: _no_sheets,
    "job-impressions-completed": lambda v: _impressions(max(0, v.job.impressions)),
    "job-media-sheets-completed": lambda v: _sheets(max(0, v.job.sheets)),
    "job-more-info": lambda v: _more_info(v.call.base.page(v.entry.queue)) if v.entry else b"",
    "job-preserved": lambda v: _preserved(
        v.job.state.terminal and v.job.documents > 0 and not v.job.documents_retired_at
    ),
    "attributes-charset": lambda v: _charset(v.job.charset),
    "attributes-natural-language": lambda v: _language(v.job.language),
    "document-format": _of_document(_format, lambda d: d.format),
    "document-format-supplied": _of_document(_format_supplied, lambda d: d.declared_format),
    "document-format-detected": _of_document(_format_detected, lambda d: d.format),
    "document-name-supplied": _of_document(_document_name, lambda d: d.name),
    "plantin-owner-proof": lambda v: _proof(v.job.owner_proof),
    "plantin-client-address": lambda v: _address(v.job.address or "local"),
    "plantin-attempts": lambda v: _attempts(v.job.attempts),
    "job-priority": lambda v: _priority(v.job.priority),
    "job-hold-until": _hold_of,
}
"""name -> encoder."""

_OF_DOCUMENTS: Final = (
    "document-format",
    "document-format-supplied",
    "document-format-detected",
    "document-name-supplied",
)


@lru_cache(maxsize=512)
def _encoders(wanted: Wanted, private: bool) -> tuple[Encode, ...]:
    return tuple(
        encode
        for name, encode in DESCRIPTION.items()
        if name in wanted and (private or name not in access.PRIVATE_JOB_ATTRIBUTES)
    )


def wants_documents(wanted: Wanted) -> bool:
    """Whether the documents have to be read for this answer."""
    return any(name in wanted for name in _OF_DOCUMENTS)


def wants_template(wanted: Wanted) -> bool:
    """Whether the job template attributes have to be read out of the row."""
    return bool(wanted.groups) or any(name not in DESCRIPTION for name in wanted.names)


def job_attributes(view: JobView, wanted: Wanted) -> bytes:
    """The attributes of a job that are wanted, encoded, without a group tag."""
    private = view.call.sees_all_of(view.job)
    parts = [encode(view) for encode in _encoders(wanted, private)]
    if view.job.attributes and wants_template(wanted):
        parts.append(
            encode_attributes(
                attribute
                for attribute in unpack(view.job.attributes)
                if attribute.name in wanted
                and attribute.name not in DESCRIPTION
                and (private or attribute.name not in access.PRIVATE_JOB_ATTRIBUTES)
            )
        )
    return b"".join(parts)


JOB_GROUPS_SHORT: Final = (
    "job-uri",
    "job-id",
    "job-uuid",
    "job-state",
    "job-state-reasons",
    "job-state-message",
)
"""What the operations that make or change a job answer with."""
