"""Release: who may let a held job print, with which password, and on which device.

A job that waits for its password (PWG 5100.11) goes only with it; a job in a find-me queue goes to the device
that the request names (``output-device``), or to the only one there is.
"""

from plantin.core.errors import Refusal
from plantin.core.ids import DeviceId
from plantin.core.model import JobRecord, QueueMode
from plantin.core.states import JobState, Reason
from plantin.frontends.ipp.call import Call
from plantin.frontends.ipp.directory import QueueEntry
from plantin.frontends.ipp.refusals import not_found, refused
from plantin.ipp import Status
from plantin.store.commands.jobs import check_password


async def require_password(call: Call, job: JobRecord) -> None:
    """Holds the request's job-password against the job's.

    Raises:
        Refusal: client-error-not-authorized; the password is missing or wrong.
    """
    if not job.password:
        return
    given = call.octets("job-password")
    if given is None:
        raise refused(
            Status.CLIENT_ERROR_NOT_AUTHORIZED, "password-needed", f"job {job.id} waits for its password"
        )
    if not await call.context.store.read(check_password, job.password, given):
        raise refused(
            Status.CLIENT_ERROR_NOT_AUTHORIZED, "password-wrong", f"this is not the password of job {job.id}"
        )


def device_for_release(call: Call, job: JobRecord, entry: QueueEntry) -> DeviceId | None:
    """The device that the job shall print on; None: any device of its queue.

    Raises:
        Refusal: the queue wants a device to be named, or it does not feed the one that is.
    """
    name = call.name("output-device") or call.name("output-device-requested")
    devices = entry.devices
    if name:
        named = next((device for device in devices if device.name == name), None)
        if named is None:
            known = ", ".join(device.name for device in devices[:5]) or "none"
            raise not_found(f"queue {entry.queue.name} feeds no device {name!r}; it feeds {known}")
        return named.id
    if job.device is not None or entry.queue.mode is not QueueMode.FIND_ME:
        return job.device
    if len(devices) == 1:
        return devices[0].id
    raise Refusal(
        "device-needed",
        f"queue {entry.queue.name} feeds {len(devices)} devices: name one with output-device",
        status="client-error-not-possible",
    )


async def check_release(call: Call, job: JobRecord) -> DeviceId | None:
    """Everything that stands before a release; the device it goes to.

    Raises:
        Refusal: not the owner, no or a wrong password, no device, or documents still to come.
    """
    call.require_owner(job, "releasing")
    if job.state is JobState.INCOMING and job.hold_reason in (Reason.PASSWORD_WAIT, Reason.RELEASE_WAIT):
        raise refused(
            Status.CLIENT_ERROR_NOT_POSSIBLE,
            "not-possible",
            f"the documents of job {job.id} are still coming",
        )
    await require_password(call, job)
    entry = call.context.directory.by_id(job.queue)
    if entry is None:
        raise not_found(f"the queue of job {job.id} is gone")
    return device_for_release(call, job, entry)


def holds_by_rule(job: JobRecord) -> bool:
    """Whether something stronger than its owner's wish holds the job: a new wish must not replace it."""
    return job.hold_reason in (Reason.PASSWORD_WAIT, Reason.RELEASE_WAIT) and job.state in (
        JobState.HELD,
        JobState.INCOMING,
    )
