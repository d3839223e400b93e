"""How a queue is: printer-state, its reasons and its message, told from the queue and its devices.

RFC 8011 sections 5.4.11 to 5.4.13, PWG 5100.9 (alerts). A queue that an administrator stopped is stopped
whatever its device says; a queue of several devices is stopped when all of them are.
"""

from dataclasses import dataclass
from typing import Final

from plantin.core.model import DeviceRecord, QueueRecord

IDLE: Final = 3
PROCESSING: Final = 4
STOPPED: Final = 5
_PARTLY: Final = "stopped-partly"


@dataclass(frozen=True, slots=True)
class QueueState:
    """The state that does not change from one job to the next."""

    stopped: bool
    pausing: bool
    """It is stopped, but only by an operator's wish: its devices go on with the jobs that they have."""
    reasons: tuple[str, ...]
    """printer-state-reasons, never empty."""
    message: str
    changed_at: int
    """UTC milliseconds."""


def _own(queue: QueueRecord) -> list[str]:
    reasons = []
    if queue.shutdown:
        reasons.append("shutdown")
    if queue.deactivated:
        reasons.append("deactivated")
    if not queue.enabled:
        reasons.append("paused")
    if queue.hold_new_jobs:
        reasons.append("hold-new-jobs")
    return reasons


def _is_stopped(device: DeviceRecord) -> bool:
    return device.paused or device.state == STOPPED


def queue_state(queue: QueueRecord, devices: tuple[DeviceRecord, ...]) -> QueueState:
    """The state of a queue, apart from whether it prints just now."""
    reasons = _own(queue)
    wished = queue.shutdown or queue.deactivated or not queue.enabled
    stopped = wished
    messages = [queue.state_message] if queue.state_message else []
    if len(devices) == 1:
        device = devices[0]
        reasons += [reason for reason in device.state_reasons if reason != "none"]
        if device.paused and "paused" not in reasons:
            reasons.append("paused")
        stopped = stopped or _is_stopped(device)
        if device.state_message:
            messages.append(device.state_message)
    elif devices:
        down = [device for device in devices if _is_stopped(device)]
        if len(down) == len(devices):
            stopped = True
            reasons += [reason for reason in devices[0].state_reasons if reason != "none"]
        elif down:
            reasons.append(_PARTLY)
            messages.append(f"{len(down)} of {len(devices)} devices are stopped")
    pausing = wished and not any(_is_stopped(device) for device in devices)
    changed = max([queue.state_at, *(device.state_at for device in devices)])
    told = tuple(dict.fromkeys(reasons)) or ("none",)
    return QueueState(stopped, pausing, told, "; ".join(messages), changed)


def alerts(reasons: tuple[str, ...]) -> tuple[list[bytes], list[str]]:
    """printer-alert and printer-alert-description of the reasons (PWG 5100.9): as many of each."""
    codes, texts = [], []
    for index, reason in enumerate(reasons, 1):
        word, severity = reason, "other"
        for suffix, name in (("-error", "critical"), ("-warning", "warning"), ("-report", "other")):
            if reason.endswith(suffix):
                word, severity = reason.removesuffix(suffix), name
        if reason == "none":
            continue
        codes.append(f"code={_camel(word)};severity={severity};group=generalPrinter;index={index}".encode())
        texts.append(word.replace("-", " "))
    if not codes:
        return [b"code=other;severity=other;group=generalPrinter"], ["no alert"]
    return codes, texts


def _camel(words: str) -> str:
    first, *rest = words.split("-")
    return first + "".join(word.capitalize() for word in rest)
