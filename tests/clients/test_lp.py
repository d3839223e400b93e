"""`lp` and `lpr`: every option people use, and what arrives at the device, octet by octet."""

from __future__ import annotations

from pathlib import Path

import pytest

from plantin.ipp import Group, Range
from tests.clients.desk import CANCELED, COMPLETED, HELD, Desk
from tests.peers.client import job_id
from tests.peers.process import wait_until

DOCUMENT = bytes(range(256)) * 300


@pytest.fixture
def document(tmp_path: Path) -> Path:
    path = tmp_path / "report.bin"
    path.write_bytes(DOCUMENT)
    return path


def held(desk: Desk, queue: str, *options: str | Path, user: str = "alice") -> tuple[int, Group]:
    """The attributes of a job that `lp` left on hold."""
    number = job_id(desk.tools(user)("lp", "-d", queue, "-H", "hold", *options, stdin=b"held").check().out)
    return number, desk.job(number, user)


def test_a_file_arrives_whole(desk: Desk, document: Path) -> None:
    queue, sink = desk.queue()
    said = desk.tools()("lp", "-d", queue, document).check().out
    assert said == f"request id is {queue}-{job_id(said)} (1 file(s))\n"
    assert sink.wait_jobs(1) == [DOCUMENT]
    job = desk.wait_job(job_id(said))
    assert job.string("job-name") == "report.bin"
    assert job.string("job-originating-user-name") == "alice"
    assert job.string("document-name-supplied") in (None, "report.bin")


def test_standard_input_and_title(desk: Desk) -> None:
    queue, sink = desk.queue()
    number = job_id(desk.tools()("lp", "-d", queue, "-t", "Übersicht", stdin=DOCUMENT).check().out)
    assert sink.wait_jobs(1) == [DOCUMENT]
    assert desk.wait_job(number).string("job-name") == "Übersicht"


def test_two_files_are_one_job(desk: Desk, tmp_path: Path) -> None:
    queue, sink = desk.queue()
    one, two = tmp_path / "one.txt", tmp_path / "two.txt"
    one.write_bytes(b"first\n" * 1000)
    two.write_bytes(b"second\n" * 1000)
    number = job_id(desk.tools()("lp", "-d", queue, one, two).check().out)
    job = desk.wait_job(number)
    assert job.integer("number-of-documents") == 2
    assert b"".join(sink.jobs) == one.read_bytes() + two.read_bytes()


def test_all_the_usual_options_reach_the_job(desk: Desk, document: Path) -> None:
    queue, path = desk.file_queue()
    said = desk.tools()(
        *("lp", "-d", queue, "-n2", "-q70", "-H", "hold", "-P", "1-3,5", "-o", "media=A4", "-t", "many"),
        *("-o", "fit-to-page", "-o", "finishings=staple", "-o", "sides=two-sided-long-edge"),
        *("-o", "print-color-mode=monochrome", document),
    ).check()
    number = job_id(said.out)
    job = desk.job(number)
    assert job.integer("job-state") == HELD
    assert job.integer("copies") == 2
    assert job.integer("job-priority") == 70
    assert job.string("job-hold-until") == "indefinite"
    assert job.values("page-ranges") == (Range(1, 3), Range(5, 5))
    assert job.string("media") == "iso_a4_210x297mm"
    assert job.string("sides") == "two-sided-long-edge"
    assert job.string("print-color-mode") == "monochrome"
    desk.tools()("lp", "-i", f"{queue}-{number}", "-H", "resume").check()
    desk.wait_job(number)
    assert path.read_bytes() == DOCUMENT


@pytest.mark.parametrize("when", ["23:59", "night", "day-time", "weekend", "second-shift", "indefinite"])
def test_hold_until_a_time(desk: Desk, when: str) -> None:
    queue, sink = desk.queue()
    number = job_id(desk.tools()("lp", "-d", queue, "-H", when, stdin=b"later").check().out)
    job = desk.job(number)
    if job.integer("job-state") == HELD:
        assert job.string("job-hold-until") == when
        assert "job-hold-until-specified" in job.strings("job-state-reasons")
        desk.tools()("lp", "-i", str(number), "-H", "resume").check()
    else:
        assert when in ("night", "day-time", "weekend", "second-shift"), "it is that time now"
    assert sink.wait_jobs(1) == [b"later"]
    desk.wait_job(number)


def test_immediate_and_restart(desk: Desk) -> None:
    queue, sink = desk.queue()
    number = job_id(desk.tools()("lp", "-d", queue, "-H", "immediate", stdin=b"again").check().out)
    desk.wait_job(number)
    desk.tools()("lp", "-i", str(number), "-H", "restart").check()
    assert sink.wait_jobs(2) == [b"again", b"again"]


def test_change_a_job_that_waits(desk: Desk) -> None:
    queue, path = desk.file_queue()
    number, job = held(desk, queue)
    desk.tools()("lp", "-i", f"{queue}-{number}", "-q", "90", "-n", "3").check()
    job = desk.job(number)
    assert (job.integer("job-priority"), job.integer("copies")) == (90, 3)
    desk.tools()("lp", "-i", str(number), "-H", "23:59").check()
    assert desk.job(number).string("job-hold-until") == "23:59"
    desk.tools()("lp", "-i", str(number), "-H", "resume").check()
    desk.wait_job(number)
    assert path.read_bytes() == b"held"


OPTIONS = [
    "number-of-retries=3",
    "retry-interval=30",
    "retry-time-out=300",
    "collate=true",
    "job-cancel-after=30",
    "outputorder=reverse",
    "page-bottom=36",
    "page-set=odd",
    "cpi=12",
    "lpi=8",
    "columns=2",
    "natural-scaling=50",
    "scaling=75",
    "ppi=300",
    "position=center",
    "landscape",
    "mirror",
    "prettyprint",
    "wrap=false",
    "page-border=single",
    "number-up-layout=lrtb",
    "media=Custom.200x300mm",
    "media=A4,Upper,Transparency",
    "media=no-such-paper",
    "job-sheets=standard,none",
    "job-sheets=confidential",
    "orientation-requested=4",
    "orientation-requested=0",
    "print-quality=5",
    "print-quality=99",
    "output-bin=top",
    "output-mode=auto",
    "printer-resolution=600dpi",
    "printer-resolution=600x1200dpi",
    "printer-resolution=rubbish",
    "ColorModel=Gray",
    "Duplex=DuplexNoTumble",
    "InputSlot=Auto",
    "PageSize=A4",
    "PageSize=NoSuchSize",
    "StapleLocation=UpperLeft",
    "finishings=4",
    "finishings=staple",
    "finishings=20,50",
    "finishing-template=staple",
    "job-message-to-operator=hello",
    "job-recipient-name=alice",
    "job-sheet-message=hello",
    "job-billing=4711",
    "job-pages-per-set=2",
    "job-account-id=accounting",
    "job-accounting-user-id=alice",
    "job-hold-until=night",
    "job-priority=1",
    "job-retain-until=none",
    "job-delay-output-until=no-delay-output",
    "document-format=text/plain",
    "document-password=secret",
    "copies=2",
    "multiple-document-handling=separate-documents-uncollated-copies",
    "print-content-optimize=text",
    "print-scaling=fit",
    "print-rendering-intent=perceptual",
    "print-color-mode=bi-level",
    "sides=no-such-sides",
    "media-col={media-size={x-dimension=21000 y-dimension=29700} media-source=auto}",
    "media-type=stationery",
    "media-source=tray-1",
    "feed-orientation=long-edge-first",
    "output-device=elsewhere",
    "force-front-side=1",
    "x-image-shift=100",
    "cover-front={media=iso_a4_210x297mm cover-type=no-cover}",
    "overrides={pages=1-2 media=iso_a4_210x297mm}",
    "insert-sheet={insert-after-page-number=1 insert-count=1}",
    "presentation-direction-number-up=toright-tobottom",
    "foo=1,2",
    "bar",
    "nobaz",
    "empty=",
    "x-dimension=3",
    "notify-events=job-completed",
    "auth-info=alice,secret",
    "compression=gzip",
    "com.example.vendor-option=Some Value",
    "identify-actions=display",
]


def test_no_option_refuses_a_job(desk: Desk) -> None:
    queue, sink = desk.queue()
    refused = {}
    for option in OPTIONS:
        done = desk.tools()("lp", "-d", queue, "-o", option, stdin=option.encode())
        if done.code:
            refused[option] = done.err.strip()
    assert refused == {}
    desk.tools()("lp", "-d", queue, *(f"-o{option}" for option in OPTIONS), stdin=b"all").check()
    for waiting in desk.jobs(queue):
        desk.tools()("lp", "-i", str(waiting), "-H", "resume")
    arrived = sink.wait_jobs(len(OPTIONS) + 1)
    assert sorted(set(arrived)) == sorted({b"all", *(option.encode() for option in OPTIONS)})


def test_raw_goes_as_it_is(desk: Desk, document: Path) -> None:
    queue, sink = desk.queue()
    desk.tools()("lp", "-d", queue, "-o", "raw", document).check()
    desk.tools()("lpr", "-P", queue, "-l", document).check()
    assert sink.wait_jobs(2) == [DOCUMENT, DOCUMENT]


def test_job_password_waits_for_it(desk: Desk) -> None:
    queue, sink = desk.queue()
    said = desk.tools()(
        *("lp", "-d", queue, "-o", "job-password=1234", "-o", "job-password-encryption=none"),
        *("-o", "job-account-id=4711", "-o", "job-accounting-user-id=bob"),
        stdin=b"secret",
    ).check()
    job = desk.job(job_id(said.out))
    assert job.integer("job-state") == HELD
    assert any(reason.startswith("job-password") for reason in job.strings("job-state-reasons"))
    assert job.get("job-password") is None
    assert (job.string("job-account-id"), job.string("job-accounting-user-id")) == ("4711", "bob")
    desk.tools()("cancel", str(job_id(said.out))).check()
    desk.wait_job(job_id(said.out), CANCELED)
    assert sink.jobs == []


def test_mail_when_printed_is_no_reason_to_refuse(desk: Desk) -> None:
    queue, sink = desk.queue()
    desk.tools()("lp", "-m", "-d", queue, stdin=b"mail me").check()
    assert sink.wait_jobs(1) == [b"mail me"]


def test_silent_and_default_queue(desk: Desk) -> None:
    queue, sink = desk.queue()
    desk.tools("operator")("lpadmin", "-d", queue).check()
    assert desk.tools()("lp", "-s", stdin=b"quiet").check().out == ""
    desk.tools()("lpr", stdin=b"default").check()
    assert sink.wait_jobs(2) == [b"quiet", b"default"]


def test_queue_from_the_environment(desk: Desk) -> None:
    queue, sink = desk.queue()
    desk.tools()("lp", stdin=b"from LPDEST", env={"LPDEST": queue}).check()
    desk.tools()("lpr", stdin=b"from PRINTER", env={"PRINTER": queue}).check()
    assert sink.wait_jobs(2) == [b"from LPDEST", b"from PRINTER"]


def test_an_unknown_queue_is_an_error(desk: Desk) -> None:
    done = desk.tools()("lp", "-d", "no-such-queue", stdin=b"x")
    assert done.code == 1
    assert "does not exist" in done.err
    done = desk.tools()("lpr", "-P", "no-such-queue", stdin=b"x")
    assert done.code == 1
    assert "does not exist" in done.err


def test_lpr_options(desk: Desk, document: Path) -> None:
    queue, path = desk.file_queue()
    tools = desk.tools()
    tools(*("lpr", "-P", queue, "-#", "2", "-C", "class", "-J", "job", "-T", "title", "-q"), document).check()
    (number,) = desk.jobs(queue)
    job = desk.job(number)
    assert (job.integer("copies"), job.integer("job-state"), job.string("job-name")) == (2, HELD, "title")
    tools("lp", "-i", str(number), "-H", "resume").check()
    desk.wait_job(number)
    copy = document.with_name("copy")
    copy.write_bytes(DOCUMENT)
    tools("lpr", "-P", queue, "-r", copy).check()
    wait_until(lambda: len(desk.jobs(queue, "completed")) == 2, "both printed")
    assert not copy.exists()
    assert path.read_bytes() in (DOCUMENT, DOCUMENT * 2)


def test_a_large_document(desk: Desk, tmp_path: Path) -> None:
    queue, sink = desk.queue()
    large = tmp_path / "large.prn"
    large.write_bytes(b"\x1b%-12345X" + DOCUMENT * 200)
    number = job_id(desk.tools()("lp", "-d", queue, large).check().out)
    assert sink.wait_jobs(1) == [large.read_bytes()]
    job = desk.wait_job(number)
    assert job.integer("job-k-octets") == -(-large.stat().st_size // 1024)
    assert job.integer("job-state") == COMPLETED
