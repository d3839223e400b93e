"""The law of acceptance: everything that can be refused is refused first, then the document becomes durable,
then the row is committed, and only then the client hears successful-ok (RFC 8011 section 4.2.1; law 1).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from plantin.core.ids import DeviceId, JobId, uuid7
from plantin.core.model import Hold, NewDocument, NewJob, QueueMode
from plantin.core.states import JobState, Reason
from plantin.frontends.ipp import access, emit
from plantin.frontends.ipp.call import Call
from plantin.frontends.ipp.directory import QueueEntry
from plantin.frontends.ipp.holding import UnknownHold, effective, hold_until, hold_until_time
from plantin.frontends.ipp.incoming import Declared, read_declared, require_size
from plantin.frontends.ipp.job_template import Template, read_template, require_supported
from plantin.frontends.ipp.printer.server_wide import (
    CLIENT_INFO_MAX,
    PASSWORD_ENCRYPTIONS,
    PASSWORD_OCTETS_MAX,
    RELEASE_ACTIONS,
)
from plantin.frontends.ipp.refusals import BadRequest, Unsupported, refused
from plantin.frontends.ipp.reply import Reply
from plantin.frontends.ipp.subscribing import attach
from plantin.frontends.ipp.words import job_name
from plantin.ipp import Attribute, Status, Tag
from plantin.ipp.attributes import keyword
from plantin.ipp.attributes import name as name_attribute
from plantin.ipp.blobs import pack
from plantin.store.commands.accept import accept_batch
from plantin.store.commands.jobs import hash_password

_UNTITLED: Final = "Untitled"
_NO_ATTRIBUTES: Final[tuple[Attribute, ...]] = ()

_job_id = emit.integer("job-id")
_job_uri = emit.string(Tag.URI, "job-uri")
_job_uuid = emit.string(Tag.URI, "job-uuid")
_job_state = emit.integer("job-state", Tag.ENUM)
_job_reasons = emit.strings(Tag.KEYWORD, "job-state-reasons")
_job_message = emit.string(Tag.TEXT, "job-state-message")


@dataclass(slots=True)
class Prepared:
    """A job that may be accepted, once its document is here."""

    entry: QueueEntry
    template: Template
    declared: Declared
    unsupported: list[Attribute] = field(default_factory=list)
    hold: Hold | None = None
    expires_at: int = 0
    device: DeviceId | None = None
    password: bytes = b""
    encryption: str = "none"
    formats: Mapping[str, str] = field(default_factory=dict)
    """document-format-supported by lower-case form."""


def require_accepting(entry: QueueEntry) -> None:
    """Refuses jobs for a queue that takes none now.

    Raises:
        Refusal: server-error-not-accepting-jobs, or that it is deactivated or shut down.
    """
    queue = entry.queue
    why = f": {queue.state_message}" if queue.state_message else ""
    if queue.deactivated:
        raise refused(
            Status.SERVER_ERROR_PRINTER_IS_DEACTIVATED, "deactivated", f"{queue.name} is deactivated{why}"
        )
    if queue.shutdown:
        raise refused(Status.SERVER_ERROR_SERVICE_UNAVAILABLE, "shutdown", f"{queue.name} is shut down{why}")
    if not queue.accepting:
        raise refused(
            Status.SERVER_ERROR_NOT_ACCEPTING_JOBS,
            "not-accepting-jobs",
            f"{queue.name} is not accepting jobs{why}",
        )


def prepare(call: Call, *, validating: bool = False) -> Prepared:
    """Checks everything that can be checked before the document is read.

    Args:
        validating: nothing is to be kept, so a queue that takes no jobs now says what it would take later
            (RFC 3998 section 3.1.2).

    Raises:
        Refusal: with the reason; nothing has been kept.
    """
    entry = call.entry()
    if not validating:
        require_accepting(entry)
    access.require_shared(entry.queue, call.address)
    access.require_allowed(entry.queue, call.user)
    _check_misplaced(call)
    profile = call.describer.profile(entry)
    declared = read_declared(call, profile.formats)
    require_size(call)
    _require_sheet_names(call)
    template = read_template(
        call.message.group(Tag.JOB_ATTRIBUTES) or _NO_ATTRIBUTES, profile, call.describer.server.attributes
    )
    if template.unsupported:
        require_supported(
            template,
            fidelity=call.boolean("ipp-attribute-fidelity") or False,
            mandatory=call.keywords("job-mandatory-attributes"),
        )
    prepared = Prepared(entry, template, declared, list(template.unsupported), formats=profile.formats)
    _read_password(call, prepared)
    _hold(call, prepared)
    _choose_device(prepared)
    return prepared


def _check_misplaced(call: Call) -> None:
    """cupsd refuses a job-sheets that is no list but one text with a comma, wherever it stands."""
    sheets = call.operation.get("job-sheets")
    if sheets is not None and any("," in word for word in sheets.strings()):
        raise BadRequest("job-sheets must be one or two names without a comma", (sheets,))


def _told(call: Call) -> bytes:
    """What the operation attributes say of the job beyond its template, encoded to be kept with it."""
    operation = call.operation
    kept = []
    info = operation.get("client-info")
    if info is not None and info.tag == Tag.BEGIN_COLLECTION:
        kept.append(Attribute(info.name, info.tag, info.values[:CLIENT_INFO_MAX]))
    metadata = operation.get("document-metadata")
    if metadata is not None and metadata.tag == Tag.OCTET_STRING:
        kept.append(metadata)
    user = operation.get("requesting-user-uri")
    if user is not None and user.tag == Tag.URI:
        kept.append(user.renamed("job-originating-user-uri"))
    return pack(kept) if kept else b""


def _require_sheet_names(call: Call) -> None:
    """Refuses a list of job-sheets in one value; CUPS' clients may send them as operation attributes too."""
    for group in (call.operation, call.message.job_attributes):
        sheets = group.get("job-sheets")
        if sheets is not None and any("," in word for word in sheets.strings()):
            raise BadRequest("each job-sheets value is one name, without a comma", (sheets,))


def _read_password(call: Call, prepared: Prepared) -> None:
    password = call.octets("job-password")
    encryption = call.keyword("job-password-encryption") or "none"
    if not password:
        return
    if len(password) > PASSWORD_OCTETS_MAX:
        raise BadRequest(f"a job-password of {len(password)} octets; {PASSWORD_OCTETS_MAX} is the most")
    if encryption not in PASSWORD_ENCRYPTIONS:
        raise Unsupported(
            f"the job-password-encryption {encryption} is not known here",
            [keyword("job-password-encryption", encryption)],
        )
    prepared.password, prepared.encryption = password, encryption


def _hold(call: Call, prepared: Prepared) -> None:
    template = prepared.template
    asked = None
    if template.hold_time is not None:
        asked = hold_until_time(template.hold_time.to_datetime(), call.now_ms)
    elif template.hold_keyword:
        asked = hold_until(template.hold_keyword, call.now_ms)
    else:
        asked = _misplaced_hold(call, prepared)
    queue = prepared.entry.queue
    owner_releases = _release_action(call, prepared) == "owner-authorized"
    waits = owner_releases or bool(prepared.password) or queue.mode is not QueueMode.DIRECT
    if asked is None and not waits and not queue.hold_new_jobs:
        return
    prepared.hold, prepared.expires_at = effective(
        queue,
        asked,
        password=bool(prepared.password),
        now_ms=call.now_ms,
        expire_s=call.context.settings.release_expire_s,
        owner_releases=owner_releases,
    )


def _misplaced_hold(call: Call, prepared: Prepared) -> Hold | None:
    """A job-hold-until that a client put among the operation attributes."""
    word = call.operation.string("job-hold-until")
    if word is None:
        return None
    try:
        return hold_until(word, call.now_ms)
    except UnknownHold:
        prepared.unsupported.append(keyword("job-hold-until", word))
        return None


def _release_action(call: Call, prepared: Prepared) -> str:
    """job-release-action (PWG 5100.11), which clients send in either group; "none" when it can't be done."""
    group = call.operation if "job-release-action" in call.operation else call.message.job_attributes
    action = group.string("job-release-action") or "none"
    if action not in RELEASE_ACTIONS or (action == "job-password" and not prepared.password):
        prepared.unsupported.append(keyword("job-release-action", action))
        return "none"
    return action


def _choose_device(prepared: Prepared) -> None:
    name = prepared.template.output_device
    if name:
        device = next((device for device in prepared.entry.devices if device.name == name), None)
        if device is not None:
            prepared.device = device.id
        else:
            prepared.unsupported.append(name_attribute("output-device", name))


async def accept(
    call: Call, prepared: Prepared, documents: Sequence[NewDocument], *, incoming: bool = False
) -> Reply:
    """Commits the job, whose documents are durable already, and answers.

    Args:
        incoming: more documents follow (Create-Job).
    """
    settings = call.context.settings
    template = prepared.template
    now = call.now_ms
    password = ""
    if prepared.password:
        password = await call.context.store.read(hash_password, prepared.password, prepared.encryption)
    name = call.name("job-name")
    host = call.name("job-originating-host-name")
    job = NewJob(
        uuid=uuid7(now, call.entropy.take(10)),
        queue=prepared.entry.queue.id,
        name=(job_name(name) if name else "") or prepared.declared.name or _UNTITLED,
        owner=call.user,
        owner_proof=access.owner_proof(call.address),
        host=job_name(host) if host else call.address,
        address=call.address,
        priority=template.priority,
        attributes=template.encoded + _told(call),
        created_at=now,
        hold=prepared.hold,
        incoming=incoming,
        documents=tuple(documents),
        device=prepared.device,
        password=password,
        expires_at=prepared.expires_at,
        copies=template.copies,
        incoming_until=now + settings.multiple_operation_time_out_s * 1000 if incoming else 0,
    )
    job_id = await call.context.store.batch(accept_batch, job)
    state, reason = _begins(job)
    subscriptions = await attach(call, job_id, prepared.entry)
    return _answer(call, job_id, job, state, reason, prepared.unsupported, subscriptions)


def _begins(job: NewJob) -> tuple[JobState, str]:
    if job.incoming:
        return JobState.INCOMING, Reason.INCOMING
    if job.hold is not None:
        return JobState.HELD, job.hold.reason
    return JobState.PENDING, Reason.NONE


def _answer(
    call: Call,
    job_id: JobId,
    job: NewJob,
    state: JobState,
    reason: str,
    unsupported: Sequence[Attribute],
    subscriptions: bytes,
) -> Reply:
    group = b"".join(
        (
            b"\x02",
            _job_uri(call.base.job_uri(job_id)),
            _job_id(job_id),
            _job_uuid(f"urn:uuid:{job.uuid}"),
            _job_state(state.ipp),
            _job_reasons((reason,)),
            _job_message(MESSAGES.get(reason, "")),
        )
    )
    status = Status.SUCCESSFUL_OK
    if unsupported:
        status = Status.SUCCESSFUL_OK_IGNORED_OR_SUBSTITUTED_ATTRIBUTES
    return Reply(status, unsupported=unsupported, groups=group + subscriptions)


MESSAGES: Final = {
    Reason.INCOMING: "waiting for its documents",
    Reason.RELEASE_WAIT: "waits until it is released",
    Reason.PASSWORD_WAIT: "waits for its password",
    Reason.HOLD_UNTIL: "held",
    Reason.NEW_JOBS_HELD: "held by the operator",
    Reason.NONE: "queued",
}
"""job-state-message of a job that has just come, by its reason."""
