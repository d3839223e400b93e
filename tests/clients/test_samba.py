"""Windows people behind Samba: smbd with `printing = cups` lists the queues and prints through them."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from plantin.ipp import Tag
from tests.clients.desk import Desk
from tests.peers.process import wait_until
from tests.peers.samba import Samba


def test_samba_lists_prints_and_manages(
    desk: Desk, make_samba: Callable[[str], Samba], tmp_path: Path
) -> None:
    queue, sink = desk.queue(prefix="samba")
    other, waiting = desk.queue(prefix="samba")
    operator = desk.tools("operator")
    operator("lpadmin", "-p", queue, "-D", "Hall printer", "-L", "Hall").check()
    operator("cupsdisable", other).check()
    document = tmp_path / "letter.prn"
    document.write_bytes(b"\x1b%-12345X@PJL\r\n" + bytes(range(256)) * 500)
    samba = make_samba(desk.server)

    def listed() -> str:
        # The first calls start Samba's helpers, and may find them not ready.
        return samba.rpc("enumprinters", "alice").out

    wait_until(lambda: f"\\{queue}]" in listed(), "Samba lists the queues", 60)
    said = listed()
    assert f"\\{other}]" in said
    assert "Hall printer" in said
    samba.print(queue, document, "alice")
    samba.print(queue, document)
    assert sink.wait_jobs(2) == [document.read_bytes()] * 2
    wait_until(lambda: len(desk.jobs(queue, "completed")) == 2, "both are done")
    jobs = [desk.job(number) for number in sorted(desk.jobs(queue, "completed"))]
    assert jobs[0].string("job-originating-user-name") == "alice"
    assert jobs[1].string("job-originating-user-name") not in ("alice", None)
    for job in jobs:
        assert "letter.prn" in (job.string("job-name") or "")
        host = job.get("job-originating-host-name")
        assert host is not None
        assert host.tag == Tag.NAME
        assert host.strings()[0]
    samba.print(other, document, "bob")
    wait_until(lambda: len(desk.jobs(other)) == 1, "the job is here")
    (number,) = desk.jobs(other)
    assert desk.job(number).string("job-originating-user-name") == "bob"
    operator("cupsenable", other).check()
    assert waiting.wait_jobs(1) == [document.read_bytes()]
