"""`lp` to devices that cannot take the document or do what is asked of it: the server does it on the way."""

from __future__ import annotations

import io
from collections.abc import Iterator
from pathlib import Path

import pikepdf
import pytest
from PIL import Image

from plantin.inspect import sniff
from plantin.inspect.engine import inspect_file
from plantin.inspect.report import Inspection
from plantin.ipp import Range
from tests.clients.desk import CANCELED, Desk, desk
from tests.peers.client import job_id
from tests.peers.process import wait_until
from tests.peers.sink import Sink

ABORTED = 8


@pytest.fixture(scope="module")
def converting() -> Iterator[Desk]:
    """A server of its own: its workers are counted."""
    with desk() as made:
        yield made


@pytest.fixture(scope="module")
def document() -> bytes:
    pdf = pikepdf.Pdf.new()
    for _ in range(5):
        page = pdf.add_blank_page(page_size=(595, 842))
        page.obj.Contents = pikepdf.Stream(pdf, b"1 0 0 rg 100 100 200 200 re f")
    out = io.BytesIO()
    pdf.save(out)
    return out.getvalue()


def queue(at: Desk, name: str, formats: str) -> Sink:
    sink = at.sink()
    uri = f"{sink.uri}?formats={formats}"
    at.tools("operator")("lpadmin", "-p", name, "-E", "-v", uri, "-m", "raw").check()
    return sink


def look(data: bytes) -> Inspection:
    return inspect_file(io.BytesIO(data))


def workers(at: Desk) -> list[int]:
    """The processes of the server's pools."""
    found = []
    for path in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            words = path.read_bytes().split(b"\0")
        except OSError:
            continue
        if b"plantin.inspect.worker" in words and str(at.plantin.data).encode() in b" ".join(words):
            found.append(int(path.parent.name))
    return found


def test_what_passes_starts_no_worker(converting: Desk, document: bytes) -> None:
    sink = queue(converting, "plain", sniff.PDF)
    converting.tools()("lp", "-d", "plain", stdin=document).check()
    assert sink.wait_jobs(1) == [document]
    assert workers(converting) == []
    assert not (converting.plantin.data / "run" / "conversion").exists()


def test_a_queue_offers_and_does_what_is_asked(converting: Desk, document: bytes) -> None:
    sink = queue(converting, "post", sniff.POSTSCRIPT)
    offer = converting.printer("post")
    assert {"application/pdf", "image/jpeg", "text/plain"} <= set(offer.strings("document-format-supported"))
    assert offer.values("copies-supported") == (Range(1, 9999),)
    options = ["-n", "2", "-P", "1-3", "-o", "number-up=2", "-o", "sides=two-sided-short-edge"]
    lp = converting.tools()("lp", "-d", "post", *options, "-o", "print-color-mode=monochrome", stdin=document)
    job = converting.wait_job(job_id(lp.check().out))
    assert job.integer("copies") == 2  # what was asked for stays with the job
    first, second = sink.wait_jobs(1)[0].split(b"\x04", 1)
    assert first == second
    report = look(first)
    assert (report.format, report.pages, report.colour_pages) == (sniff.POSTSCRIPT, 2, 0)
    assert report.sides == "two-sided-short-edge"
    assert len(workers(converting)) in (1, 2)


def test_pictures_and_letters(converting: Desk) -> None:
    sink = queue(converting, "pxl", sniff.PCL_XL)
    picture = io.BytesIO()
    Image.new("RGB", (60, 80), (250, 10, 10)).save(picture, "PNG")
    converting.tools()("lp", "-d", "pxl", stdin=picture.getvalue()).check()
    converting.tools()("lp", "-d", "pxl", stdin=b"Dear Sir,\n" * 61).check()
    reports = [look(data) for data in sink.wait_jobs(2)]
    assert [(one.format, one.pages, one.colour_pages) for one in reports] == [
        (sniff.PCL_XL, 1, 1),
        (sniff.PCL_XL, 2, 0),
    ]


def test_a_damaged_document_says_why(converting: Desk) -> None:
    sink = queue(converting, "broken", sniff.URF)
    lp = converting.tools()("lp", "-d", "broken", stdin=b"%!PS\nnosuchoperator\n")
    number = job_id(lp.check().out)
    job = converting.wait_job(number, ABORTED)
    assert "document-format-error" in job.strings("job-state-reasons")
    why = converting.plantin("job", "why", str(number)).check().out
    assert "cannot be made into image/urf: postscript-to-pdf: Ghostscript ended" in why
    assert sink.connections == [] or not any(one.data for one in sink.connections)


def test_a_job_that_is_canceled_while_it_is_converted(converting: Desk) -> None:
    sink = queue(converting, "endless", sniff.PDF)
    lp = converting.tools()("lp", "-d", "endless", stdin=b"%!PS\n{ } loop\n")
    number = job_id(lp.check().out)
    wait_until(lambda: bool(workers(converting)), "a worker")
    converting.tools()("cancel", str(number)).check()
    job = converting.wait_job(number, CANCELED)
    assert "job-canceled-by-user" in job.strings("job-state-reasons")
    assert not any(one.data for one in sink.connections)
    lp = converting.tools()("lp", "-d", "endless", stdin=b"%!PS\nshowpage\n")
    converting.wait_job(job_id(lp.check().out))
    assert look(sink.jobs[-1]).pages == 1


def test_a_crash_in_the_middle_of_a_conversion_prints_once(converting: Desk, document: bytes) -> None:
    sink = queue(converting, "crash", sniff.POSTSCRIPT)
    converting.tools("operator")("lpadmin", "-p", "crash", "-v", f"{sink.uri}?formats={sniff.PDF}").check()
    slow = b"%!PS\n/t realtime def { realtime t sub 3000 gt { exit } if } loop showpage\n"
    number = job_id(converting.tools()("lp", "-d", "crash", stdin=slow).check().out)
    wait_until(lambda: bool(workers(converting)), "a worker")
    wait_until(lambda: converting.job(number).integer("job-state") == 5, "the job is on its way")
    converting.plantin.kill()
    converting.plantin.start()
    converting.wait_job(number)
    assert [look(data).pages for data in sink.jobs if data] == [1]
