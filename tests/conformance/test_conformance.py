"""The public ipptool suites of Debian, and our own for what they leave out, against a real `plantin serve`.

Every suite has a queue of its own, so that suites can run side by side on one server. `[FAIL]` lines are
counted, because ipptool's exit code hides those of included files. docs/conformance.md has the scores.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.peers.ipptool import IppTool, Report
from tests.peers.plantin import Plantin, private_plantin
from tests.peers.sink import Behaviour, Sink

HERE = Path(__file__).parent
PUBLIC = {
    # name: the IPP version that its requests have
    "ipp-1.1": "1.1",
    "ipp-2.0": "2.0",
    "ipp-2.1": "2.1",
    "ipp-2.2": "2.2",
    "ipp-everywhere": "2.0",
}
AT_ONCE = (
    "cups-operations",
    "pwg5100.5-documents",
    "pwg5100.7-job-extensions",
    "pwg5100.11-enterprise",
    "rfc3380-set-operations",
    "rfc3995-notifications",
    "rfc3998-administration",
)
"""Our own suites for a queue whose device prints at once."""
NEVER_DONE = ("rfc3998-current-job",)
"""Our own suites for a queue whose device never ends a job by itself."""


@pytest.fixture(scope="module")
def server() -> Iterator[Plantin]:
    with private_plantin() as plantin:
        yield plantin


@pytest.fixture
def ipptool(server: Plantin, tmp_path: Path) -> IppTool:
    return IppTool(tmp_path / "ipptool", server.server)


def _file_queue(server: Plantin, name: str) -> str:
    return server.add_queue(name, (server.data / "devices" / name).as_uri())


@pytest.mark.parametrize("suite", PUBLIC)
@pytest.mark.timeout(400)
def test_public_suite(suite: str, server: Plantin, ipptool: IppTool) -> None:
    name = suite.replace(".", "-")
    _file_queue(server, name)
    # Under the path of IPP Everywhere, which printer-icons and job-uri are compared with.
    uri = f"ipp://{server.server}/ipp/print/{name}"
    _believe(ipptool.run(uri, f"{suite}.test", version=PUBLIC[suite]))


def test_get_printer_attributes_suite(server: Plantin, ipptool: IppTool) -> None:
    _file_queue(server, "requested")
    suite = ipptool.folder / "get-printer-attributes-suite.test"
    suite.write_text(_mended(suite.read_text()))
    _believe(ipptool.run(f"ipp://{server.server}/ipp/print/requested", suite.name))


def _mended(text: str) -> str:
    """The suite with the one request that contradicts its own name: it asks for "all" twice, and expects
    media-col-database to be missing the first time and to be alone the second."""
    head, name, tail = text.partition("(requested-attributes='media-col-database')")
    assert name, "the suite has changed"
    wrong = "ATTR keyword requested-attributes 'all'"
    return head + name + tail.replace(wrong, "ATTR keyword requested-attributes 'media-col-database'", 1)


@pytest.mark.parametrize("suite", AT_ONCE)
def test_own_suite(suite: str, server: Plantin, ipptool: IppTool) -> None:
    uri = _file_queue(server, suite.replace(".", "-"))
    _believe(ipptool.run(uri, HERE / f"{suite}.test"))


@pytest.mark.parametrize("suite", NEVER_DONE)
def test_own_suite_with_a_job_in_hand(suite: str, server: Plantin, ipptool: IppTool) -> None:
    with Sink(Behaviour.STALL, octets=100) as sink:
        uri = server.add_queue(suite, sink.uri)
        _believe(ipptool.run(uri, HERE / f"{suite}.test"))


def test_every_own_suite_is_run() -> None:
    assert {path.stem for path in HERE.glob("*.test")} == {*AT_ONCE, *NEVER_DONE}


def _believe(report: Report) -> None:
    report.check()
