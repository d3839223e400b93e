"""A desk: one running Plantin, its queues on recording devices, and eyes on its jobs over plain IPP."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from plantin.ipp import Group, Tag
from tests.peers.client import ClientTools
from tests.peers.plantin import Plantin, private_plantin
from tests.peers.process import private_folder, wait_until
from tests.peers.sink import Behaviour, Sink
from tests.traps.wire import (
    GET_JOB_ATTRIBUTES,
    GET_JOBS,
    GET_PRINTER_ATTRIBUTES,
    INTEGER,
    KEYWORD,
    NAME,
    URI,
    Answer,
    Wire,
    attribute,
    request,
)

HELD, PROCESSING, CANCELED, COMPLETED = 4, 5, 7, 9
_names = itertools.count(1)


@dataclass
class Desk:
    """Sits on one server; everything that it makes has a name of its own."""

    plantin: Plantin
    home: Path
    _stack: ExitStack
    _tools: dict[str, ClientTools] = field(default_factory=dict)

    @property
    def server(self) -> str:
        return self.plantin.server

    @property
    def port(self) -> int:
        return self.plantin.port

    def tools(self, user: str = "alice") -> ClientTools:
        """The client commands of a user."""
        if user not in self._tools:
            self._tools[user] = ClientTools(self.home / f"home-{user}", self.server, user=user)
        return self._tools[user]

    def sink(self) -> Sink:
        return self._stack.enter_context(Sink(Behaviour.GOOD))

    def queue(self, mode: str = "direct", prefix: str = "q") -> tuple[str, Sink]:
        """A new queue on a raw device of its own."""
        name, sink = f"{prefix}{next(_names)}", self.sink()
        if mode == "direct":
            self.tools("operator")("lpadmin", "-p", name, "-E", "-v", sink.uri, "-m", "raw").check()
        else:
            self.plantin.add_queue(name, sink.uri, mode)
        return name, sink

    def file_queue(self) -> tuple[str, Path]:
        """A new queue on a virtual device (it can copies, sides and ranges), and the file it writes."""
        name = f"file{next(_names)}"
        path = self.plantin.data / "devices" / name
        self.tools("operator")("lpadmin", "-p", name, "-E", "-v", f"file://{path}", "-m", "raw").check()
        return name, path

    def wire(self) -> Wire:
        return Wire("127.0.0.1", self.port)

    def post(self, body: bytes, target: str = "/") -> Answer:
        with self.wire() as wire:
            return wire.post(body, target=target)

    def job(self, job: int, user: str = "alice") -> Group:
        """All attributes of a job."""
        return self.post(
            request(
                GET_JOB_ATTRIBUTES,
                attribute(URI, "printer-uri", "ipp://localhost/"),
                attribute(INTEGER, "job-id", job),
                attribute(NAME, "requesting-user-name", user),
            )
        ).job

    def wait_job(self, job: int, state: int = COMPLETED) -> Group:
        """The job once it is in `state`."""
        wait_until(lambda: self.job(job).integer("job-state") == state, f"job {job} in state {state}")
        return self.job(job)

    def printer(self, queue: str, *wanted: str) -> Group:
        """Attributes of a queue."""
        return self.post(
            request(
                GET_PRINTER_ATTRIBUTES,
                attribute(URI, "printer-uri", f"ipp://localhost/printers/{queue}"),
                attribute(KEYWORD, "requested-attributes", *(wanted or ("all",))),
            )
        ).printer

    def jobs(self, queue: str = "", which: str = "not-completed") -> list[int]:
        """Ids of the jobs of a queue, or of all."""
        answer = self.post(
            request(
                GET_JOBS,
                attribute(URI, "printer-uri", f"ipp://localhost/printers/{queue}"),
                attribute(KEYWORD, "which-jobs", which),
            )
        ).ok()
        return [number for group in answer.message.groups_of(Tag.JOB_ATTRIBUTES) for number in _id(group)]


def _id(group: Group) -> tuple[int, ...]:
    return group.integers("job-id")


@contextmanager
def desk() -> Iterator[Desk]:
    """A started server with a desk."""
    with ExitStack() as stack:
        home = stack.enter_context(private_folder("desk"))
        yield Desk(stack.enter_context(private_plantin()), home, stack)
