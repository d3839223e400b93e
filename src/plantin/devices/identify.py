"""Identify-Printer: the device shows itself by light, sound or display (PWG 5100.13 section 4.1)."""

from collections.abc import Sequence

from plantin.core.model import DeviceRecord
from plantin.delivery.ipp import IppBackend
from plantin.delivery.watch import StopWatch
from plantin.ipp import Operation, attributes


async def identify(
    backend: IppBackend, device: DeviceRecord, actions: Sequence[str] = (), message: str = ""
) -> None:
    """Makes ``device`` show itself.

    Args:
        actions: ``identify-actions`` keywords ("flash", "sound", "display" …); none: the device's default.
        message: to be displayed.

    Raises:
        Refusal, Unreachable, Lost, HttpRefused, IppRefused: it does not.
    """
    watch = StopWatch()
    extra = []
    if actions:
        extra.append(attributes.keyword("identify-actions", *actions))
    if message:
        extra.append(attributes.text("message", message[:127]))
    try:
        await backend.link(device).ask(Operation.IDENTIFY_PRINTER, watch, *extra)
    finally:
        watch.close()
