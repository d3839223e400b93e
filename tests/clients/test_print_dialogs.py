"""What the print dialogs of GTK, Qt and LibreOffice do: libcups' destination API, called with ctypes."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

from plantin.ipp import Collection
from tests.clients.desk import HELD, Desk
from tests.peers.ippeveprinter import IppEvePrinter
from tests.peers.process import wait_until

_SCRIPT = r"""
import ctypes, json, sys
from ctypes import POINTER, Structure, byref, c_char_p, c_int, c_size_t, c_void_p

class Option(Structure):
    _fields_ = [("name", c_char_p), ("value", c_char_p)]

class Dest(Structure):
    _fields_ = [("name", c_char_p), ("instance", c_char_p), ("is_default", c_int), ("num_options", c_int),
                ("options", POINTER(Option))]

class Size(Structure):
    _fields_ = [("media", ctypes.c_char * 128), ("width", c_int), ("length", c_int), ("bottom", c_int),
                ("left", c_int), ("right", c_int), ("top", c_int)]

cups = ctypes.CDLL("libcups.so.2")
cups.cupsGetDest.restype = POINTER(Dest)
cups.cupsGetDest.argtypes = [c_char_p, c_char_p, c_int, POINTER(Dest)]
cups.cupsCopyDestInfo.restype = c_void_p
cups.cupsGetOption.restype = c_char_p
cups.cupsLastErrorString.restype = c_char_p
cups.cupsConnectDest.restype = c_void_p
cups.cupsLocalizeDestOption.restype = c_char_p
cups.cupsFindDestDefault.restype = c_void_p
cups.cupsFindDestSupported.restype = c_void_p
cups.cupsFindDestReady.restype = c_void_p
cups.ippGetString.restype = c_char_p
cups.ippGetString.argtypes = [c_void_p, c_int, c_void_p]
queue, path, options = sys.argv[1].encode(), sys.argv[2], json.loads(sys.argv[3])
dests = POINTER(Dest)()
count = cups.cupsGetDests2(None, byref(dests))
names = [dests[i].name.decode() for i in range(count)]
dest = cups.cupsGetDest(queue, None, count, dests)
assert dest, names
options_of = [dest[0].options[i] for i in range(dest[0].num_options)]
told = {option.name.decode(): option.value.decode() for option in options_of}
resource = ctypes.create_string_buffer(1024)
connect = cups.cupsConnectDest
connect.argtypes = [POINTER(Dest), ctypes.c_uint, c_int, c_void_p, c_char_p, c_size_t, c_void_p, c_void_p]
http = c_void_p(connect(dest, 0, 30000, None, resource, 1024, None, None))
assert http.value, cups.cupsLastErrorString()
info = c_void_p(cups.cupsCopyDestInfo(http, dest))
assert info.value, cups.cupsLastErrorString()

def supports(option, value):
    return bool(cups.cupsCheckDestSupported(http, dest, info, option.encode(), value and value.encode()))

def values(function, option):
    found = c_void_p(function(http, dest, info, option.encode()))
    if not found.value:
        return []
    return [(cups.ippGetString(found, i, None) or b"").decode() for i in range(cups.ippGetCount(found))]

sizes = []
size = Size()
for index in range(cups.cupsGetDestMediaCount(http, dest, info, 0)):
    if cups.cupsGetDestMediaByIndex(http, dest, info, index, 0, byref(size)):
        sizes.append([size.media.decode(), size.width, size.length])
by_name = cups.cupsGetDestMediaByName(http, dest, info, b"iso_a4_210x297mm", 0, byref(size))
by_size = cups.cupsGetDestMediaBySize(http, dest, info, 21000, 29700, 0, byref(size))
default = cups.cupsGetDestMediaDefault(http, dest, info, 0, byref(size))

made, array = 0, POINTER(Option)()
for name, value in options.items():
    made = cups.cupsAddOption(name.encode(), value.encode(), made, byref(array))
conflicts = cups.cupsCopyDestConflicts(http, dest, info, made, array, None, None, None, None, None, None)
job = c_int()
status = cups.cupsCreateDestJob(http, dest, info, byref(job), b"from a dialog", made, array)
assert status < 0x100, (hex(status), cups.cupsLastErrorString())
begun = cups.cupsStartDestDocument(http, dest, info, job, b"document", b"application/pdf", 0, None, 1)
assert begun == 100, (begun, cups.cupsLastErrorString())
data = open(path, "rb").read()
for at in range(0, len(data), 10000):
    piece = data[at:at + 10000]
    assert cups.cupsWriteRequestData(http, piece, c_size_t(len(piece))) == 100
finished = cups.cupsFinishDestDocument(http, dest, info)
assert finished < 0x100, (hex(finished), cups.cupsLastErrorString())
print(json.dumps({
    "names": names, "told": told, "sizes": sizes, "by_name": by_name, "by_size": by_size, "default": default,
    "media_default": size.media.decode(),
    "duplex": supports("sides", "two-sided-long-edge"), "copies": supports("copies", None),
    "nonsense": supports("sides", "no-such-sides"), "color": supports("print-color-mode", "color"),
    "sides": values(cups.cupsFindDestSupported, "sides"), "ready": values(cups.cupsFindDestReady, "media"),
    "default_sides": values(cups.cupsFindDestDefault, "sides"),
    "label": cups.cupsLocalizeDestOption(http, dest, info, b"sides").decode(),
    "conflicts": conflicts, "job": job.value,
}))
"""


def dialog(desk: Desk, queue: str, document: Path, **options: str) -> dict[str, Any]:
    """What a dialog learns about a queue, and the job it sends."""
    named = {name.replace("_", "-"): value for name, value in options.items()}
    script = ("/usr/bin/python3", "-I", "-c", _SCRIPT, queue, document, json.dumps(named))
    # libcups takes a server called 127.0.0.1 for "localhost", and then for another one than cupsServer().
    done = desk.tools("alice")(*script, env={"CUPS_SERVER": f"localhost:{desk.port}"}).check()
    told: dict[str, Any] = json.loads(done.out)
    return told


def test_a_dialog_prints_on_a_virtual_device(desk: Desk, documents: Path) -> None:
    queue, path = desk.file_queue()
    document = documents / "document-a4.pdf"
    told = dialog(desk, queue, document, sides="two-sided-long-edge", copies="2", media="iso_a4_210x297mm")
    assert queue in told["names"]
    assert told["told"]["printer-is-accepting-jobs"] == "true"
    assert told["told"]["printer-info"] == queue
    named = {(width, length): name for name, width, length in told["sizes"]}
    assert (21000, 29700) in named
    assert told["by_name"] and told["by_size"] and told["default"]
    assert told["duplex"] and told["copies"] and told["color"]
    assert not told["nonsense"]
    assert "one-sided" in told["sides"]
    assert told["default_sides"] == ["one-sided"]
    assert told["label"]
    assert told["conflicts"] == 0
    job = desk.wait_job(told["job"])
    assert job.string("job-name") == "from a dialog"
    assert (job.string("sides"), job.integer("copies")) == ("two-sided-long-edge", 2)
    assert path.read_bytes() == document.read_bytes()
    # The dialog sends the name under which libcups listed the medium: a media-key.
    told = dialog(desk, queue, document, media=named[(14800, 21000)])
    job = desk.wait_job(told["job"])
    chosen = job.first("media-col")
    assert isinstance(chosen, Collection)
    size = chosen.first("media-size")
    assert isinstance(size, Collection)
    assert (size.first("x-dimension"), size.first("y-dimension")) == (14800, 21000)


def test_a_dialog_prints_on_an_ipp_printer(
    desk: Desk, documents: Path, make_ippeveprinter: Callable[..., IppEvePrinter]
) -> None:
    printer = make_ippeveprinter("Dialog")
    queue, _ = desk.queue()
    name = f"{queue}-dialog"
    desk.tools("operator")("lpadmin", "-p", name, "-E", "-v", printer.uri, "-m", "everywhere").check()

    def known() -> bool:
        return "two-sided-short-edge" in desk.printer(name, "sides-supported").strings("sides-supported")

    wait_until(known, "the device told what it can do")
    document = documents / "document-a4.pdf"
    told = dialog(desk, name, document, sides="two-sided-short-edge", print_color_mode="monochrome")
    assert told["duplex"] and told["ready"] is not None
    assert printer.wait_documents(1)[0].read_bytes() == document.read_bytes()
    assert desk.wait_job(told["job"]).string("sides") == "two-sided-short-edge"


def test_a_dialog_holds_a_job(desk: Desk, documents: Path) -> None:
    queue, sink = desk.queue()
    told = dialog(desk, queue, documents / "document-a4.pdf", job_hold_until="indefinite", job_priority="80")
    job = desk.job(told["job"])
    assert (job.integer("job-state"), job.integer("job-priority")) == (HELD, 80)
    assert sink.connections == []
