"""Which changes Set-Job-Attributes may make, and what they do to the row (RFC 3380 section 4.2)."""

from typing import Any

from plantin.core.model import Hold, JobRecord
from plantin.frontends.ipp.call import Call
from plantin.frontends.ipp.holding import UnknownHold, hold_until, hold_until_time
from plantin.frontends.ipp.job_template import Template, read_template
from plantin.frontends.ipp.refusals import BadRequest, Unsupported
from plantin.frontends.ipp.releasing import check_release, holds_by_rule
from plantin.frontends.ipp.reprinting import entry_of
from plantin.frontends.ipp.requested import JOB_TEMPLATE
from plantin.frontends.ipp.settable import JOB_SETTABLE
from plantin.frontends.ipp.words import job_name
from plantin.ipp import Attribute, DateTime, Status, Tag
from plantin.ipp.attributes import not_settable
from plantin.ipp.blobs import pack, unpack
from plantin.store.commands.job_changes import JobChange

_BY_OPERATORS = frozenset({"job-message-from-operator"})
_HOLDING = ("job-hold-until", "job-hold-until-time", "job-delay-output-until")


async def read_change(call: Call, job: JobRecord, attributes: list[Attribute]) -> JobChange:
    """The change that a request asks for.

    Raises:
        Unsupported: names what cannot be set, or not to this value; then nothing is.
        Refusal: the change would release a job that its sender may not release.
    """
    if not attributes:
        raise BadRequest("Set-Job-Attributes needs job attributes to set")
    fixed = [not_settable(a.name) for a in attributes if a.name not in JOB_SETTABLE]
    if fixed:
        raise Unsupported(
            f"cannot be set: {', '.join(a.name for a in fixed[:5])}",
            fixed,
            status=Status.CLIENT_ERROR_ATTRIBUTES_NOT_SETTABLE,
            reason="not-settable",
        )
    columns = _columns(call, job, [a for a in attributes if a.name not in _HOLDING])
    text = f"{call.user} set {', '.join(attribute.name for attribute in attributes)}"
    holding = next((a for a in attributes if a.name in _HOLDING), None)
    if holding is None:
        return JobChange(job.id, call.actor, text, columns)
    hold = _hold(call, holding)
    if hold is not None:
        return JobChange(job.id, call.actor, text, columns, hold=None if holds_by_rule(job) else hold)
    return JobChange(job.id, call.actor, text, columns, release=True, device=await check_release(call, job))


def _hold(call: Call, attribute: Attribute) -> Hold | None:
    value = attribute.first
    if isinstance(value, DateTime):
        return hold_until_time(value.to_datetime(), call.now_ms)
    if attribute.tag == Tag.DELETE_ATTRIBUTE:
        return None
    try:
        return hold_until(attribute.strings()[0] if attribute.strings() else "", call.now_ms)
    except UnknownHold:
        raise Unsupported(f"{attribute.name} is not known", [attribute]) from None


def _columns(call: Call, job: JobRecord, attributes: list[Attribute]) -> dict[str, Any]:
    columns: dict[str, Any] = {}
    name = next((a for a in attributes if a.name == "job-name"), None)
    if name is not None:
        columns["name"] = job_name(name.strings()[0] if name.strings() else "") or job.name
    rest = [a for a in attributes if a.name != "job-name"]
    if not rest:
        return columns
    names = {attribute.name for attribute in rest}
    if names & _BY_OPERATORS:
        call.require_operator("leaving a message with a job")
    kept = [a for a in unpack(job.attributes) if a.name not in names]
    kept += [a for a in rest if a.tag != Tag.DELETE_ATTRIBUTE]
    read = _read(call, job, [a for a in kept if a.name in JOB_TEMPLATE])
    refused = [attribute for attribute in read.unsupported if attribute.name in names]
    if refused:
        raise Unsupported(f"not supported: {', '.join(a.name for a in refused[:5])}", refused)
    columns["attributes"] = read.encoded + pack(a for a in kept if a.name not in JOB_TEMPLATE)
    columns["copies"] = read.copies
    if "job-priority" in names:
        columns["priority"] = read.priority
    return columns


def _read(call: Call, job: JobRecord, attributes: list[Attribute]) -> Template:
    profile = call.describer.profile(entry_of(call, job))
    return read_template(attributes, profile, call.describer.server.attributes)
