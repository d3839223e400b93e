"""``plantin device test``: one look at a device, from this machine, now. Sends nothing that could print."""

import asyncio
import time
from pathlib import Path

from plantin.cli.output import plain
from plantin.core.errors import Refusal
from plantin.core.model import DeviceRecord
from plantin.delivery import Surroundings
from plantin.devices.capabilities import summary
from plantin.devices.look import Look, Looker, Unseen

_STATES = {3: "idle", 4: "printing", 5: "stopped"}


class _Clock:
    """The machine's clocks, for one command."""

    def now_ms(self) -> int:
        return time.time_ns() // 1_000_000

    def monotonic(self) -> float:
        return time.monotonic()


def look_at(record: DeviceRecord, file_roots: tuple[Path, ...]) -> list[str]:
    """What there is to say of the device.

    Raises:
        Refusal: it can't be reached, or does not answer as it should.
    """
    begun = time.monotonic()
    try:
        look = asyncio.run(_look(record, file_roots))
    except Unseen as unseen:
        raise Refusal(unseen.reason, f"device {record.name} at {record.uri}: {unseen.text}") from None
    took = 1000 * (time.monotonic() - begun)
    lines = [f"device {record.name} at {record.uri} takes connections ({took:.0f} ms)"]
    if look.capabilities is not None:
        lines += [f"  {line}" for line in _told(look) if line]
    return lines


async def _look(record: DeviceRecord, file_roots: tuple[Path, ...]) -> Look:
    looker = Looker(Surroundings(clock=_Clock(), file_roots=file_roots))
    try:
        return await looker.look(record, capabilities=True)
    finally:
        await looker.close()


def _told(look: Look) -> list[str]:
    can = summary(look.capabilities or b"")
    status = look.status
    reasons = " ".join(reason for reason in status.reasons if reason != "none")
    state = _STATES.get(status.state, str(status.state))
    return [
        f"it is a {plain(look.make_model)}" if look.make_model else "",
        f"it is {state}"
        + (f": {reasons}" if reasons else "")
        + ("" if status.accepting else ", takes no jobs"),
        f"it prints {plain(can.formats)}" if can.formats else "",
    ]
