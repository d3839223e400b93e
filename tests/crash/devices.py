"""Port-9100 devices that know what every job's bytes should be."""

from __future__ import annotations

import asyncio
import random
from dataclasses import dataclass, field

from tests.crash import work
from tests.peers.process import free_port

_PIECE = 1 << 16


@dataclass
class Arrival:
    """What came over one connection."""

    number: int
    """The job, -1 while or when the data do not say."""
    octets: int
    whole: bool
    """Exactly the job's documents, and then the end of the connection."""


@dataclass
class Device:
    """One device at `socket://127.0.0.1:PORT`; `pace_s` is the longest time that it takes over a piece."""

    pace_s: float = 0.0
    receive_octets: int = 0
    """Size of the receive buffer: a small one keeps the sender close to what was read. 0: the system's."""
    port: int = field(default_factory=free_port)
    arrivals: list[Arrival] = field(default_factory=list)
    open: int = 0
    """Connections that have not ended."""
    _server: asyncio.Server | None = None

    @property
    def uri(self) -> str:
        return f"socket://127.0.0.1:{self.port}"

    async def start(self) -> None:
        """Listen."""
        limit = self.receive_octets or _PIECE
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", self.port, limit=limit)

    async def close(self) -> None:
        if self._server is not None:
            self._server.close()

    def whole(self) -> list[int]:
        """The jobs that came whole, in the order in which they ended."""
        return [arrival.number for arrival in self.arrivals if arrival.whole]

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.open += 1
        data = bytearray()
        dice = random.Random(self.port)
        arrival = Arrival(-1, 0, False)
        try:
            while piece := await reader.read(self.receive_octets or _PIECE):
                data += piece
                if not arrival.octets:
                    self.arrivals.append(arrival)
                arrival.octets = len(data)
                if arrival.number < 0:
                    arrival.number = work.number_of(data)
                if self.pace_s:
                    await asyncio.sleep(dice.random() * self.pace_s)
            arrival.whole = arrival.number >= 0 and data == work.document(arrival.number)
        except OSError:
            pass  # a reset: what came so far is not whole
        finally:
            writer.close()
            self.open -= 1
