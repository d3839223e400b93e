"""Devices that lie, jam, die and come back; what they put on paper is written down and never forgotten."""

import asyncio
from dataclasses import dataclass, field
from random import Random

from plantin.core.errors import SpoolDamaged
from plantin.core.ids import JobId
from plantin.core.model import Delivered, DeviceRecord, Outcome, Ticket
from plantin.core.ports import DocumentSource, Progress, Reached, Stop


@dataclass
class Sheet:
    """Something came out of a device."""

    job: JobId
    device: str
    whole: bool
    at: float


@dataclass
class SimulatedDevice:
    """One device: its mood changes by the seed. It lives on when the server crashes."""

    name: str
    random: Random
    tells: bool
    """It can be asked about a job (IPP); otherwise it only takes bytes (port 9100)."""
    up: bool = True
    paper: list[Sheet] = field(default_factory=list)
    using: int = 0
    overlaps: int = 0
    """Times that a job was sent while another one was."""
    known: dict[str, str] = field(default_factory=dict)
    """device job -> state, for devices that tell."""

    at_peace: bool = False
    """From now on all goes well."""

    def mood(self) -> str:
        if self.at_peace:
            return "well"
        return self.random.choices(
            ["well", "slow", "busy", "reset-early", "reset-late", "jam", "refuses", "silent-loss"],
            [60, 8, 6, 6, 6, 6, 2, 2],
        )[0]


class Way:
    """An open connection."""

    def __init__(self, device: SimulatedDevice) -> None:
        self.device = device
        self.open = True

    def close(self) -> None:
        self.open = False


class SimulatedBackend:
    """:class:`plantin.core.ports.Backend` for simulated devices: honest about devices that are not."""

    def __init__(self, devices: dict[str, SimulatedDevice]) -> None:
        self._devices = devices

    async def probe(self, device: DeviceRecord) -> tuple[str, str] | None:
        await asyncio.sleep(0.01)
        return None if self._devices[device.uri].up else ("connection-refused", f"{device.name} is off")

    async def reach(self, device: DeviceRecord, stop: Stop, limit_s: float) -> Way | None:
        simulated = self._devices[device.uri]
        await asyncio.sleep(simulated.random.choice([0.001, 0.02, limit_s]))
        if not simulated.up or simulated.tells:
            return None
        assert not simulated.using, f"{device.name} takes one connection at a time"
        return Way(simulated)

    async def deliver(
        self,
        ticket: Ticket,
        source: DocumentSource,
        progress: Progress,
        stop: Stop,
        reached: Reached | None = None,
    ) -> Delivered:
        device = self._devices[ticket.device.uri]
        if isinstance(reached, Way):
            assert reached.open and reached.device is device
        device.overlaps += device.using > 0
        device.using += 1
        try:
            return await self._deliver(ticket, source, progress, stop, device)
        finally:
            device.using -= 1

    async def _deliver(
        self,
        ticket: Ticket,
        source: DocumentSource,
        progress: Progress,
        stop: Stop,
        device: SimulatedDevice,
    ) -> Delivered:
        await asyncio.sleep(0.01)
        if not device.up:
            return Delivered(Outcome.TEMPORARY, "connection-refused", f"{device.name} is off")
        mood = device.mood()
        if mood == "busy":
            return Delivered(Outcome.TEMPORARY, "server-error-busy", f"{device.name} is busy")
        if mood == "refuses":
            return Delivered(Outcome.PERMANENT, "unsupported-document-format", "it can't print this")
        octets = 0
        await progress.sending()
        try:
            async for piece in source.chunks(ticket.documents[0]):
                octets += len(piece)
                await asyncio.sleep(0.02)
                if stop.reason:
                    device.paper.append(self._sheet(ticket, whole=False))
                    return Delivered(Outcome.CANCELED, stop.reason, "stopped in the middle", octets)
        except SpoolDamaged as error:
            return Delivered(Outcome.UNKNOWN, error.reason, error.text, octets)
        return await self._printed(ticket, device, mood, octets, progress)

    async def _printed(
        self, ticket: Ticket, device: SimulatedDevice, mood: str, octets: int, progress: Progress
    ) -> Delivered:
        key = ticket.job.uuid
        if mood == "reset-early":
            device.known[key] = "aborted"
            return Delivered(Outcome.UNKNOWN, "connection-reset", "the connection broke", octets)
        if mood == "jam":
            progress.device_state(5, ("media-jam",), "paper jam")
            await asyncio.sleep(30)
            progress.device_state(3, ("none",), "")
        device.known[key] = "processing"
        if device.tells:
            await progress.device_job(key)
        await asyncio.sleep(2.0 if mood != "slow" else 120.0)
        whole = mood != "silent-loss"
        device.paper.append(self._sheet(ticket, whole=whole))
        device.known[key] = "completed"
        if mood == "reset-late":
            if device.tells:
                return Delivered(Outcome.COMPLETED, "asked", "it says it printed", octets, confirmed=True)
            return Delivered(Outcome.UNKNOWN, "connection-reset", "it went away after the last byte", octets)
        return Delivered(Outcome.COMPLETED, "job-completed-successfully", "printed", octets)

    async def recover(self, ticket: Ticket, device_job: str) -> Delivered | None:
        device = self._devices[ticket.device.uri]
        await asyncio.sleep(0.05)
        if not device.tells or not device_job:
            return Delivered(Outcome.UNKNOWN, "interrupted", "nobody can say what came out")
        if not device.up:
            return None
        state = device.known.get(device_job)
        if state == "processing":  # the server died, the device did not
            device.paper.append(self._sheet(ticket, whole=True))
            device.known[device_job] = state = "completed"
        if state == "completed":
            return Delivered(Outcome.COMPLETED, "asked", "it says it printed", confirmed=True)
        return Delivered(Outcome.UNKNOWN, "interrupted", "it does not know the job")

    def _sheet(self, ticket: Ticket, *, whole: bool) -> Sheet:
        return Sheet(ticket.job.id, ticket.device.name, whole, asyncio.get_running_loop().time())
