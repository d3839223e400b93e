"""Fixtures of the real peers: each pytest worker has its own; all are gone at its end, whatever happened."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.peers.avahi import Avahi, private_avahi
from tests.peers.client import ClientTools
from tests.peers.cupsd import PrivateCupsd, private_cupsd
from tests.peers.documents import write_documents
from tests.peers.ippeveprinter import IppEvePrinter
from tests.peers.ipptool import IppTool
from tests.peers.plantin import Plantin, private_plantin
from tests.peers.postgresql import PostgreSQL, private_postgresql
from tests.peers.process import private_folder
from tests.peers.samba import Samba, private_samba
from tests.peers.sink import Behaviour, Sink


@pytest.fixture(scope="session")
def documents(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder of sample documents under the names of the public suites."""
    return write_documents(tmp_path_factory.mktemp("documents"))


@pytest.fixture(scope="session")
def postgresql() -> Iterator[PostgreSQL]:
    """A PostgreSQL cluster; make databases in it with create_database()."""
    with private_postgresql() as cluster:
        yield cluster


@pytest.fixture
def postgresql_url(postgresql: PostgreSQL) -> str:
    """URL of an empty PostgreSQL database of this test's own."""
    return postgresql.create_database()


@pytest.fixture(scope="session")
def avahi() -> Iterator[Avahi]:
    """An avahi that only the peers of this worker see (ippeveprinter needs one)."""
    with private_avahi() as pair:
        yield pair


@pytest.fixture
def loopback_avahi() -> Iterator[Avahi]:
    """An avahi on the machine's loopback: `ippfind` with its `env` finds what Plantin announces there."""
    with private_avahi(isolated=False) as pair:
        yield pair


@pytest.fixture
def cupsd() -> Iterator[PrivateCupsd]:
    """A started private cupsd without queues."""
    with private_cupsd() as server:
        yield server


@pytest.fixture
def make_sink() -> Iterator[Callable[..., Sink]]:
    """Makes raw port-9100 devices: make_sink(Behaviour.SLOW, octets=100, seconds=0.1)."""
    with contextlib.ExitStack() as stack:

        def make(behaviour: Behaviour = Behaviour.GOOD, **options: Any) -> Sink:
            return stack.enter_context(Sink(behaviour, **options))

        yield make


@pytest.fixture
def sink(make_sink: Callable[..., Sink]) -> Sink:
    """A raw port-9100 device that behaves."""
    return make_sink()


@pytest.fixture
def make_ippeveprinter(avahi: Avahi) -> Iterator[Callable[..., IppEvePrinter]]:
    """Starts IPP printers: make_ippeveprinter("Name", formats=[...])."""
    with contextlib.ExitStack() as stack:

        def make(name: str = "Peer", **options: Any) -> IppEvePrinter:
            folder = stack.enter_context(private_folder("ippeveprinter"))
            printer = IppEvePrinter(folder, avahi, name=name, **options)
            printer.start()
            stack.callback(printer.stop)
            return printer

        yield make


@pytest.fixture
def ippeveprinter(make_ippeveprinter: Callable[..., IppEvePrinter]) -> IppEvePrinter:
    """A started IPP Everywhere printer."""
    return make_ippeveprinter()


@pytest.fixture
def make_samba() -> Iterator[Callable[[str], Samba]]:
    """Starts an smbd that prints to the server at HOST:PORT."""
    with contextlib.ExitStack() as stack:
        yield lambda server: stack.enter_context(private_samba(server))


@pytest.fixture
def make_plantin() -> Iterator[Callable[..., Plantin]]:
    """Starts real Plantin servers: make_plantin(settings="...toml...", env={...})."""
    with contextlib.ExitStack() as stack:

        def make(**options: Any) -> Plantin:
            return stack.enter_context(private_plantin(**options))

        yield make


@pytest.fixture
def plantin_server(make_plantin: Callable[..., Plantin]) -> Plantin:
    """A started Plantin with an empty data folder."""
    return make_plantin()


@pytest.fixture
def make_tools(tmp_path: Path) -> Callable[..., ClientTools]:
    """Client commands against a server: make_tools("127.0.0.1:8631", user="alice")("lpstat", "-t")."""

    def make(server: str, *, user: str | None = None) -> ClientTools:
        return ClientTools(tmp_path / f"home-{user or 'nobody'}", server, user=user)

    return make


@pytest.fixture
def make_ipptool(tmp_path: Path) -> Callable[[str], IppTool]:
    """Runs ipptool suites against a server."""
    return lambda server: IppTool(tmp_path / "ipptool", server)
