"""pycups, which system-config-printer, cups-browsed's helpers and many scripts are made with."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from tests.clients.desk import CANCELED, HELD, Desk
from tests.peers.client import job_id
from tests.peers.process import wait_until

_HEAD = """\
import cups, json, sys
arguments = json.loads(sys.argv[1])
connection = cups.Connection()
"""


def run(desk: Desk, script: str, *, user: str = "alice", **arguments: Any) -> Any:
    """What the script leaves in `result`; `arguments` are a dictionary there."""
    text = _HEAD + script + "\nprint(json.dumps(result, default=str))\n"
    return json.loads(desk.tools(user).python(text, json.dumps(arguments)).check().out)


def test_queues(desk: Desk) -> None:
    queue, sink = desk.queue()
    result = run(desk, "result = [connection.getPrinters(), connection.getDefault()]")
    printers, _ = result
    assert printers[queue]["device-uri"] == sink.uri
    assert printers[queue]["printer-state"] == 3
    assert printers[queue]["printer-uri-supported"].endswith(f"/printers/{queue}")
    shown = run(desk, "result = connection.getPrinterAttributes(arguments['queue'])", queue=queue)
    assert shown["printer-name"] == queue
    assert len(shown) > 60
    assert "application/pdf" in shown["document-format-supported"]
    names = run(desk, "result = sorted(name for name, _ in connection.getDests() if name)")
    assert queue in names


def test_classes(desk: Desk) -> None:
    queue, _ = desk.queue()
    result = run(
        desk,
        """
name = arguments["queue"] + "-class"
connection.addPrinterToClass(arguments["queue"], name)
result = [connection.getClasses()[name]]
connection.deletePrinterFromClass(arguments["queue"], name)
result.append(name in connection.getClasses())
""",
        queue=queue,
    )
    members, still_there = result
    assert queue in str(members)
    assert still_there is False, "pycups removes a class with its last member"


def test_jobs(desk: Desk, tmp_path: Path) -> None:
    queue, sink = desk.queue()
    document = tmp_path / "document"
    document.write_bytes(b"pycups" * 1000)
    one, shown, mine = run(
        desk,
        """
options = {"job-hold-until": "indefinite"}
one = connection.printFile(arguments["queue"], arguments["file"], "title", options)
names = ["job-id", "job-name"]
mine = connection.getJobs(which_jobs="not-completed", my_jobs=True, requested_attributes=names)
result = [one, connection.getJobAttributes(one), mine]
""",
        queue=queue,
        file=str(document),
    )
    assert shown["job-state"] == HELD
    assert shown["job-name"] == "title"
    assert mine[str(one)]["job-name"] == "title"
    run(desk, "result = connection.setJobHoldUntil(arguments['job'], 'no-hold')", job=one)
    assert sink.wait_jobs(1) == [document.read_bytes()]
    desk.wait_job(one)
    run(desk, "result = connection.restartJob(arguments['job'])", job=one)
    assert sink.wait_jobs(2)[1] == document.read_bytes()
    two = job_id(desk.tools()("lp", "-d", queue, "-H", "hold", stdin=b"x").check().out)
    other, elsewhere = desk.queue()
    moved = "result = connection.moveJob(job_id=arguments['job'], job_printer_uri=arguments['to'])"
    run(desk, moved, job=two, to=f"ipp://localhost/printers/{other}")
    assert desk.jobs(other) == [two]
    run(desk, "result = connection.cancelJob(arguments['job'])", job=two)
    desk.wait_job(two, CANCELED)
    assert elsewhere.connections == []


def test_several_files_and_all_canceled(desk: Desk, tmp_path: Path) -> None:
    queue, sink = desk.queue()
    files = []
    for name in ("one", "two"):
        (tmp_path / name).write_text(name)
        files.append(str(tmp_path / name))
    run(desk, "result = connection.printFiles(*arguments['all'])", all=[queue, files, "both", {}])
    wait_until(lambda: b"".join(sink.jobs) == b"onetwo", "both arrive")
    desk.tools()("lp", "-d", queue, "-H", "hold", stdin=b"x").check()
    run(desk, "result = connection.cancelAllJobs(name=arguments['queue'], my_jobs=False)", queue=queue)
    assert desk.jobs(queue) == []


def test_a_document_that_is_streamed(desk: Desk) -> None:
    queue, sink = desk.queue()
    script = """
job = connection.createJob(arguments["queue"], "streamed", {})
connection.startDocument(arguments["queue"], job, "name", cups.CUPS_FORMAT_RAW, 1)
data = b"stream" * 10000
status = connection.writeRequestData(data, len(data))
connection.finishDocument(arguments["queue"])
result = [job, status]
"""
    number, status = run(desk, script, queue=queue)
    assert status == 100
    assert sink.wait_jobs(1) == [b"stream" * 10000]
    desk.wait_job(number)


def test_the_document_comes_back(desk: Desk) -> None:
    queue, _ = desk.queue()
    number = job_id(desk.tools()("lp", "-d", queue, "-H", "hold", stdin=b"read me back").check().out)
    script = """
got = connection.getDocument("ipp://localhost/printers/" + arguments["queue"], arguments["job"], 1)
result = {"text": open(got["file"]).read(), "format": got["document-format"]}
"""
    assert run(desk, script, queue=queue, job=number) == {"text": "read me back", "format": "text/plain"}


def test_subscriptions(desk: Desk) -> None:
    queue, sink = desk.queue()
    subscription = run(
        desk,
        "result = connection.createSubscription('/', events=['all'], lease_duration=600)",
    )
    assert subscription > 0
    number = job_id(desk.tools()("lp", "-d", queue, stdin=b"x").check().out)
    sink.wait_jobs(1)
    desk.wait_job(number)
    script = "result = connection.getNotifications(arguments['ids'])"

    def events() -> list[dict[str, Any]]:
        told: list[dict[str, Any]] = run(desk, script, ids=[subscription])["events"]
        return told

    wait_until(lambda: any(one["notify-subscribed-event"] == "job-completed" for one in events()), "told")
    told = [one for one in events() if one.get("notify-job-id") == number]
    kinds = [one["notify-subscribed-event"] for one in told]
    assert kinds[0] == "job-created"
    assert "job-completed" in kinds
    sequence = [one["notify-sequence-number"] for one in events()]
    assert sequence == sorted(sequence)
    assert all(one["printer-name"] for one in told)
    newer = run(
        desk,
        "result = connection.getNotifications(arguments['ids'], arguments['after'])",
        ids=[subscription],
        after=[sequence[-1] + 1],
    )
    assert newer["events"] == []
    run(desk, "result = connection.renewSubscription(arguments['id'], 900)", id=subscription)
    listed = run(desk, "result = connection.getSubscriptions('/')")
    assert subscription in [one["notify-subscription-id"] for one in listed]
    run(desk, "result = connection.cancelSubscription(arguments['id'])", id=subscription)
    listed = run(desk, "result = connection.getSubscriptions('/', my_subscriptions=True)")
    assert subscription not in [one["notify-subscription-id"] for one in listed]


def test_a_subscription_to_one_queue(desk: Desk) -> None:
    queue, _ = desk.queue()
    other, _ = desk.queue()
    uri = f"ipp://localhost/printers/{queue}"
    script = "result = connection.createSubscription(arguments['uri'], events=['printer-state-changed'])"
    subscription = run(desk, script, uri=uri)
    for name in (other, queue):
        desk.tools("operator")("cupsdisable", name).check()
    script = "result = connection.getNotifications(arguments['ids'])['events']"
    wait_until(lambda: run(desk, script, ids=[subscription]) != [], "the queue's state is told")
    assert {one["printer-name"] for one in run(desk, script, ids=[subscription])} == {queue}
    run(desk, "result = connection.cancelSubscription(arguments['id'])", id=subscription)


def test_administration(desk: Desk) -> None:
    sink = desk.sink()
    queue, _ = desk.queue(prefix="pycups")
    name = f"{queue}-made"
    run(
        desk,
        """
name = arguments["name"]
connection.addPrinter(name, device=arguments["uri"], info="made by pycups", location="here")
connection.enablePrinter(name)
connection.acceptJobs(name)
connection.setPrinterInfo(name, "changed")
connection.setPrinterLocation(name, "there")
connection.setPrinterShared(name, False)
connection.setPrinterDevice(name, arguments["uri"])
connection.setPrinterErrorPolicy(name, "abort-job")
connection.setPrinterOpPolicy(name, "default")
connection.setPrinterJobSheets(name, "none", "none")
connection.setPrinterUsersAllowed(name, ["alice"])
connection.setPrinterUsersDenied(name, ["none"])
connection.addPrinterOptionDefault(name, "copies", 1)
connection.deletePrinterOptionDefault(name, "copies")
connection.setDefault(name)
result = connection.getDefault()
""",
        name=name,
        uri=sink.uri,
    )
    shown = desk.printer(name)
    assert (shown.string("printer-info"), shown.string("printer-location")) == ("changed", "there")
    assert shown.boolean("printer-is-shared") is False
    assert shown.string("printer-error-policy") == "abort-job"
    desk.tools("bob")("lp", stdin=b"default").check()
    assert sink.wait_jobs(1) == [b"default"]
    run(
        desk,
        """
connection.disablePrinter(arguments["name"], reason="paper")
connection.rejectJobs(arguments["name"], reason="closed")
result = None
""",
        name=name,
    )
    assert desk.printer(name).boolean("printer-is-accepting-jobs") is False
    assert desk.printer(name).integer("printer-state") == 5
    wait_until(lambda: not desk.jobs(name), "printed")
    run(desk, "result = connection.deletePrinter(arguments['name'])", name=name)
    assert name not in run(desk, "result = list(connection.getPrinters())")


def test_devices_and_drivers(desk: Desk) -> None:
    _, sink = desk.queue()
    assert sink.uri in run(desk, "result = list(connection.getDevices())")
    assert run(desk, "result = list(connection.getPPDs())") == ["raw"]
    assert run(desk, "result = len(connection.getPPDs2())") >= 1


def test_ppd(desk: Desk) -> None:
    queue, _ = desk.queue()
    script = """
ppd = open(connection.getPPD(arguments["queue"])).read()
status, modified, path = connection.getPPD3(arguments["queue"])
same = connection.getPPD3(arguments["queue"], modtime=modified, filename=path)[0]
try:
    server = open(connection.getServerPPD("everywhere")).read()[:10]
except cups.IPPError as error:
    server = error.args[1]
model = cups.PPD(path).findOption("PageSize").defchoice
result = [ppd[:10], status, same, server, model]
"""
    ppd, status, same, server, size = run(desk, script, queue=queue)
    assert ppd == "*PPD-Adobe"
    assert status == 200
    assert same in (200, 304)
    assert server
    assert size == "A4"


def test_a_test_page(desk: Desk) -> None:
    queue, sink = desk.queue()
    script = "result = connection.printTestPage(arguments['queue'])"
    desk.wait_job(run(desk, script, queue=queue))
    assert len(sink.wait_jobs(1)[0]) > 0


def test_errors_are_those_of_cups(desk: Desk) -> None:
    script = """
result = []
for call in (lambda: connection.getPrinterAttributes("no-such-queue"), lambda: connection.cancelJob(999999)):
    try:
        call()
    except cups.IPPError as error:
        result.append(error.args[0])
"""
    assert run(desk, script) == [0x0406, 0x0406]
