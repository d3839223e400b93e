"""Sites, devices, queues: added, changed, removed; each change leaves an event: ``queue-…``, ``device-…``."""

import json
import os
import time
from collections.abc import Sequence
from typing import Any

from django.db import IntegrityError

from plantin.core.errors import NotFound, Refusal
from plantin.core.ids import DeviceId, QueueId, uuid7
from plantin.core.limits import DEVICES_PER_QUEUE_MAX
from plantin.core.model import QueueMode, UnknownPolicy
from plantin.core.names import check_name
from plantin.store import sql
from plantin.store.commands.events import EventRow, record
from plantin.store.models import Attempt, Device, Job, Queue, QueueDevice, Setting, Site

QUEUE_FIELDS = frozenset(
    {
        "mode",
        "is_class",
        "info",
        "location",
        "accepting",
        "enabled",
        "hold_new_jobs",
        "deactivated",
        "shutdown",
        "state_message",
        "shared",
        "defaults",
        "allowed_users",
        "denied_users",
        "unknown_policy",
        "error_policy",
        "expire_after_s",
        "operator_message",
        "geo_location",
        "organization",
        "organizational_unit",
        "options",
        "site",
    }
)
DEVICE_FIELDS = frozenset({"uri", "site", "info", "location", "make_model", "paused", "tls_pin", "options"})
_STATE_FIELDS = frozenset(
    {"accepting", "enabled", "hold_new_jobs", "deactivated", "shutdown", "state_message"}
)
_JOBS_AT_ONCE = 1000
ERROR_POLICIES = ("abort-job", "retry-job", "retry-current-job", "stop-printer")


def now_ms() -> int:
    """The time of a change, UTC milliseconds."""
    return time.time_ns() // 1_000_000


def site(name: str) -> Site:
    """The site of this name, made if there is none."""
    found, _ = Site.objects.get_or_create(name=check_name("site", name), defaults={"created_at": now_ms()})
    return found


def next_version() -> int:
    """A number that grows with every change of a queue or device, over both tables."""
    return time.time_ns() // 1000


def add_device(name: str, uri: str, *, actor: str = "", site_name: str = "main", **fields: Any) -> DeviceId:
    """Adds an output device.

    Raises:
        Refusal: the name is taken or not a name.
    """
    now = now_ms()
    check_name("device", name)
    if Device.objects.filter(name=name).exists():
        raise Refusal("exists", f"there is a device {name!r} already")
    device = Device.objects.create(
        uuid=uuid7(now, os.urandom(10)),
        name=name,
        uri=uri,
        site=site(site_name),
        created_at=now,
        version=next_version(),
        **device_values(fields),
    )
    record([EventRow(now, "device-added", device=device.pk, actor=actor, text=f"{name} at {uri}")])
    return DeviceId(device.pk)


def set_device(name: str, *, actor: str = "", **fields: Any) -> DeviceId:
    """Changes a device; only what is named in ``fields``."""
    device = _device(name)
    values = device_values(fields)
    if "uri" in values and values["uri"] != device.uri:
        values |= {"capabilities": b"", "capabilities_at": 0, "tls_pin": values.get("tls_pin", "")}
    now = now_ms()
    Device.objects.filter(pk=device.pk).update(version=next_version(), **values)
    record([EventRow(now, "device-changed", device=device.pk, actor=actor, text=_told(values))])
    return DeviceId(device.pk)


def remove_device(name: str, *, actor: str = "") -> None:
    """Removes a device that no queue feeds and that has no job; ended jobs keep it in their trail."""
    device = _device(name)
    feeding = list(QueueDevice.objects.filter(device=device).values_list("queue__name", flat=True)[:5])
    if feeding:
        raise Refusal(
            "in-use", f"device {name!r} is fed by queue {', '.join(feeding)}; remove it there first"
        )
    if Job.objects.filter(device=device, state__lt=7).exists():
        raise Refusal("in-use", f"device {name!r} still has jobs")
    if Attempt.objects.filter(device=device, ended_at=0).exists():
        raise Refusal("in-use", f"device {name!r} is printing a job; cancel it or wait")
    Job.objects.filter(device=device).update(device=None)
    now = now_ms()
    record([EventRow(now, "device-removed", device=device.pk, actor=actor, text=name)])
    try:
        device.delete()
    except IntegrityError as error:
        raise Refusal("in-use", f"device {name!r} is still in use: {error}") from None


def _device(name: str) -> Device:
    try:
        return Device.objects.get(name=name)
    except Device.DoesNotExist:
        raise NotFound(f"there is no device {name!r}") from None


def device_values(fields: dict[str, Any]) -> dict[str, Any]:
    """Settings of a device as its columns.

    Raises:
        Refusal: there is no such setting.
    """
    unknown = fields.keys() - DEVICE_FIELDS
    if unknown:
        raise Refusal("bad-setting", f"a device has no setting {', '.join(sorted(unknown))}")
    values = sql.clean_columns(fields)
    if "site" in values:
        values["site"] = site(values["site"])
    if "options" in values and not isinstance(values["options"], str):
        values["options"] = json.dumps(values["options"], sort_keys=True)
    return values


def add_queue(
    name: str,
    devices: list[str],
    *,
    mode: QueueMode = QueueMode.DIRECT,
    actor: str = "",
    site_name: str = "main",
    **fields: Any,
) -> QueueId:
    """Adds a queue that feeds ``devices`` (none: it accepts and waits until it gets one).

    Raises:
        Refusal: the name is taken, or a device does not exist.
    """
    now = now_ms()
    check_name("queue", name)
    if Queue.objects.filter(name=name).exists():
        raise Refusal("exists", f"there is a queue {name!r} already")
    queue = Queue.objects.create(
        uuid=uuid7(now, os.urandom(10)),
        name=name,
        site=site(site_name),
        mode=QueueMode(mode).value,
        state_at=now,
        config_at=now,
        created_at=now,
        version=next_version(),
        **queue_values(fields),
    )
    _feed(queue, devices)
    record([EventRow(now, "queue-added", queue=queue.pk, actor=actor, text=f"{name} feeds {_list(devices)}")])
    return QueueId(queue.pk)


def set_queue(name: str, *, devices: list[str] | None = None, actor: str = "", **fields: Any) -> QueueId:
    """Changes a queue; only what is named."""
    queue = _queue(name)
    values = queue_values(fields)
    now = now_ms()
    of_state, of_config = values.keys() & _STATE_FIELDS, values.keys() - _STATE_FIELDS
    if of_state:
        values["state_at"] = now
    if of_config or devices is not None:
        values["config_at"] = now
    Queue.objects.filter(pk=queue.pk).update(version=next_version(), **values)
    told = _told(values)
    if devices is not None:
        QueueDevice.objects.filter(queue=queue).delete()
        _feed(queue, devices)
        told = f"{told} devices={_list(devices)}".strip()
    kind = "queue-state" if values.keys() & _STATE_FIELDS else "queue-changed"
    stopped = not values.get("enabled", queue.enabled)
    record([EventRow(now, kind, queue=queue.pk, state=5 if stopped else 3, actor=actor, text=told)])
    return QueueId(queue.pk)


def note_queue(queue: QueueId, kind: str, *, actor: str = "", text: str = "") -> None:
    """An event of a queue that no field of it shows: ``queue-restarted``, ``queue-shutdown``."""
    record([EventRow(now_ms(), kind, queue=queue, actor=actor, text=text)])


def remove_queue(name: str, *, actor: str = "") -> None:
    """Removes a queue, its unfinished jobs canceled and its history with it.

    Raises:
        Refusal: one of its jobs is printing, or has printed and is not charged yet.
    """
    from plantin.store.commands import books  # the ledger writes its events with what is here

    queue = _queue(name)
    if Job.objects.filter(queue=queue, state__in=(5, 6)).exists():
        raise Refusal("in-use", f"queue {name!r} is printing a job; cancel it or wait")
    while jobs := list(Job.objects.filter(queue=queue).values_list("pk", flat=True)[:_JOBS_AT_ONCE]):
        if books.uncharged(jobs):
            raise Refusal("in-use", f"queue {name!r} has jobs that printed and are about to be charged; wait")
        books.forget(jobs, actor=actor, at=now_ms())
        books.remove(jobs)
    if default_queue() == name:
        Setting.objects.filter(name="default-queue").delete()
    record([EventRow(now_ms(), "queue-removed", queue=queue.pk, actor=actor, text=name)])
    queue.delete()


def _queue(name: str) -> Queue:
    try:
        return Queue.objects.get(name=name)
    except Queue.DoesNotExist:
        raise NotFound(f"there is no queue {name!r}") from None


def _feed(queue: Queue, devices: list[str]) -> None:
    if len(devices) > DEVICES_PER_QUEUE_MAX:
        raise Refusal(
            "too-many-devices", f"{len(devices)} devices for one queue; {DEVICES_PER_QUEUE_MAX} is the most"
        )
    for position, name in enumerate(dict.fromkeys(devices)):
        QueueDevice.objects.create(queue=queue, device=_device(name), position=position)


def queue_values(fields: dict[str, Any]) -> dict[str, Any]:
    """Settings of a queue as its columns.

    Raises:
        Refusal: there is no such setting, or it can't have this value.
    """
    unknown = fields.keys() - QUEUE_FIELDS
    if unknown:
        raise Refusal("bad-setting", f"a queue has no setting {', '.join(sorted(unknown))}")
    values = sql.clean_columns(fields)
    if "mode" in values:
        values["mode"] = _word("mode", values["mode"], [mode.value for mode in QueueMode])
    if "unknown_policy" in values:
        known = [policy.value for policy in UnknownPolicy]
        values["unknown_policy"] = _word("unknown-policy", values["unknown_policy"], known)
    if "error_policy" in values:
        values["error_policy"] = _word("error-policy", values["error_policy"], ERROR_POLICIES)
    if "site" in values:
        values["site"] = site(values["site"])
    for key in ("allowed_users", "denied_users"):
        if key in values:
            values[key] = json.dumps(list(values[key]))
    if "options" in values and not isinstance(values["options"], str):
        values["options"] = json.dumps(values["options"], sort_keys=True)
    return values


def _word(what: str, value: object, known: Any) -> str:
    word = str(getattr(value, "value", value))
    if word not in known:
        raise Refusal("bad-setting", f"{what} cannot be {word!r}; it is one of {', '.join(known)}")
    return word


def _list(names: list[str]) -> str:
    return ", ".join(names) or "no device"


def _told(values: dict[str, Any]) -> str:
    return " ".join(
        f"{key}={'…' if isinstance(value, bytes) else value}"
        for key, value in sorted(values.items())
        if not key.endswith("_at")
    )


def set_default_queue(name: str, *, actor: str = "") -> None:
    """Makes ``name`` the queue of those who name none."""
    queue = _queue(name)
    Setting.objects.update_or_create(name="default-queue", defaults={"value": name})
    Queue.objects.filter(pk=queue.pk).update(version=next_version())
    record([EventRow(now_ms(), "queue-default", queue=queue.pk, actor=actor, text=name)])


def default_queue() -> str:
    """The name of the default queue; the first one when none was chosen, empty when there is none."""
    return chosen_default_queue() or Queue.objects.order_by("pk").values_list("name", flat=True).first() or ""


def chosen_default_queue() -> str:
    """The name of the queue that was made the default one; empty when none was."""
    return Setting.objects.filter(name="default-queue").values_list("value", flat=True).first() or ""


def device_reported(device: DeviceId, *, event: bool, **columns: Any) -> None:
    """What the poller or a delivery learned of a device (state, reasons, supplies, capabilities, pin).

    Args:
        event: whether it is a change that people should see in the trail.
    """
    if "capabilities" in columns or "tls_pin" in columns:
        columns["version"] = next_version()
    Device.objects.filter(pk=device).update(**sql.clean_columns(columns))
    if event:
        words = str(columns.get("state_reasons", ""))
        record(
            [
                EventRow(
                    now_ms(),
                    "device-state",
                    device=device,
                    state=int(columns.get("state", 0)),
                    reasons=words,
                    text=str(columns.get("state_message", "")),
                )
            ]
        )


def ask_to_identify(device: DeviceId, actions: Sequence[str], message: str) -> None:
    """Leaves the wish that a device shows itself; the process that talks to devices sees the event."""
    told = json.dumps({"actions": list(actions), "message": message})
    record([EventRow(now_ms(), "device-identify", device=device, text=told)])
