"""`cancel`, `lprm` and `lpmove`: which jobs go, which stay, which go elsewhere."""

from __future__ import annotations

from pathlib import Path

from tests.clients.desk import CANCELED, COMPLETED, HELD, Desk
from tests.peers.client import job_id


def hold(desk: Desk, queue: str, user: str = "alice", text: bytes = b"x") -> int:
    return job_id(desk.tools(user)("lp", "-d", queue, "-H", "hold", stdin=text).check().out)


def test_cancel_by_name_and_by_number(desk: Desk) -> None:
    queue, sink = desk.queue()
    one, two, three = (hold(desk, queue) for _ in range(3))
    desk.tools()("cancel", f"{queue}-{one}", str(two)).check()
    desk.wait_job(one, CANCELED)
    desk.wait_job(two, CANCELED)
    assert desk.jobs(queue) == [three]
    assert "job-canceled-by-user" in desk.job(one).strings("job-state-reasons")
    assert sink.connections == []


def test_a_job_that_ended_or_never_was(desk: Desk) -> None:
    queue, _ = desk.queue()
    number = job_id(desk.tools()("lp", "-d", queue, stdin=b"x").check().out)
    desk.wait_job(number)
    again = desk.tools()("cancel", f"{queue}-{number}")
    assert again.code == 1
    assert "cancel-job failed" in again.err
    unknown = desk.tools()("cancel", "999999")
    assert unknown.code == 1
    assert "there is no job 999999" in unknown.err


def test_cancel_all_of_a_queue(desk: Desk) -> None:
    queue, _ = desk.queue()
    other, _ = desk.queue()
    gone = [hold(desk, queue), hold(desk, queue, "bob")]
    stays = hold(desk, other)
    desk.tools()("cancel", "-a", queue).check()
    for number in gone:
        desk.wait_job(number, CANCELED)
    assert desk.jobs(queue) == []
    assert desk.job(stays).integer("job-state") == HELD


def test_cancel_all_of_a_user(desk: Desk) -> None:
    queue, _ = desk.queue()
    other, _ = desk.queue()
    gone = [hold(desk, queue, "dora"), hold(desk, other, "dora")]
    stays = hold(desk, queue, "bob")
    desk.tools("dora")("cancel", "-u", "dora").check()
    for number in gone:
        desk.wait_job(number, CANCELED)
    assert desk.job(stays).integer("job-state") == HELD
    mine = hold(desk, queue, "dora")
    desk.tools("dora")("cancel", "-u", "dora", queue).check()
    desk.wait_job(mine, CANCELED)
    assert desk.job(stays).integer("job-state") == HELD


def test_cancel_everything(desk: Desk) -> None:
    queue, _ = desk.queue()
    other, _ = desk.queue()
    for name in (queue, other):
        hold(desk, name)
    desk.tools("operator")("cancel", "-a").check()
    assert desk.jobs() == []


def test_cancel_and_forget(desk: Desk) -> None:
    queue, _ = desk.queue()
    printed = job_id(desk.tools()("lp", "-d", queue, stdin=b"x").check().out)
    desk.wait_job(printed)
    waits = hold(desk, queue)
    desk.tools("operator")("cancel", "-a", "-x", queue).check()
    assert desk.jobs(queue) == []
    assert waits not in desk.jobs(queue, "completed")
    assert desk.tools()("lpstat", "-W", "all", "-o", queue).check().out == ""
    one = hold(desk, queue)
    desk.tools()("cancel", "-x", f"{queue}-{one}").check()
    assert one not in desk.jobs(queue, "completed")


def test_cancel_while_it_prints(desk: Desk, tmp_path: Path) -> None:
    queue, sink = desk.queue()
    sink.behave(sink.behaviour.STALL, octets=100)
    large = tmp_path / "large"
    large.write_bytes(b"x" * 20_000_000)
    number = job_id(desk.tools()("lp", "-d", queue, large).check().out)
    sink.wait_connections(1)
    desk.tools()("cancel", str(number)).check()
    desk.wait_job(number, CANCELED)
    assert sink.jobs == []


def test_lprm(desk: Desk) -> None:
    queue, _ = desk.queue()
    one, two, three, four = (hold(desk, queue) for _ in range(4))
    tools = desk.tools()
    tools("lprm", "-P", queue, str(one)).check()
    desk.wait_job(one, CANCELED)
    tools("lprm", str(two)).check()
    desk.wait_job(two, CANCELED)
    tools("lprm", "-P", queue).check()
    assert len(desk.jobs(queue)) == 1, "without a number: the one that is next"
    tools("lprm", "-P", queue, "-").check()
    assert desk.jobs(queue) == []
    assert {desk.job(number).integer("job-state") for number in (three, four)} == {CANCELED}


def test_move_one_job(desk: Desk) -> None:
    queue, sink = desk.queue()
    other, elsewhere = desk.queue()
    desk.tools("operator")("cupsdisable", queue).check()
    number = job_id(desk.tools()("lp", "-d", queue, stdin=b"moved").check().out)
    desk.tools()("lpmove", f"{queue}-{number}", other).check()
    assert elsewhere.wait_jobs(1) == [b"moved"]
    job = desk.wait_job(number, COMPLETED)
    assert (job.string("job-printer-uri") or "").endswith(f"/printers/{other}")
    assert sink.connections == []
    waits = job_id(desk.tools()("lp", "-d", queue, stdin=b"by number").check().out)
    desk.tools()("lpmove", str(waits), other).check()
    assert elsewhere.wait_jobs(2)[1] == b"by number"


def test_move_all_jobs(desk: Desk) -> None:
    queue, sink = desk.queue()
    other, elsewhere = desk.queue()
    desk.tools("operator")("cupsdisable", queue).check()
    texts = [b"one", b"two", b"three"]
    for text in texts:
        desk.tools()("lp", "-d", queue, stdin=text).check()
    desk.tools("operator")("lpmove", queue, other).check()
    assert elsewhere.wait_jobs(3) == texts, "in order"
    assert sink.connections == []
    nowhere = desk.tools()("lpmove", queue, "no-such-queue")
    assert nowhere.code == 1
