"""A program that sees the server from other machines: run in a network namespace of its own, as root there.

Its loopback interface has the server's address and those of an owner, a stranger and an operator, so that
connections really come from addresses that are not loopback. Prints one JSON object: check -> error or "".
"""

from __future__ import annotations

import json
import subprocess
import sys
import traceback
from collections.abc import Callable
from pathlib import Path

from tests.peers.plantin import Plantin
from tests.peers.process import wait_until
from tests.traps.wire import (
    CANCEL_JOB,
    CUPS_ADD_MODIFY_PRINTER,
    CUPS_DELETE_PRINTER,
    CUPS_GET_DOCUMENT,
    GET_JOB_ATTRIBUTES,
    GET_JOBS,
    GET_PRINTER_ATTRIBUTES,
    HOLD_JOB,
    INTEGER,
    KEYWORD,
    NAME,
    PAUSE_PRINTER,
    PRINT_JOB,
    PURGE_JOBS,
    RELEASE_JOB,
    RESUME_PRINTER,
    SET_JOB_ATTRIBUTES,
    URI,
    Answer,
    Wire,
    attribute,
    request,
)

SERVER, OWNER, STRANGER, OPERATOR = "192.0.2.1", "198.51.100.8", "198.51.100.7", "203.0.113.5"
SETTINGS = '[ipp]\nadmin_networks = ["203.0.113.0/24"]\n'
NOT_AUTHORIZED = (0x0401, 0x0402, 0x0403)
CHECKS: dict[str, Callable[[Plantin], None]] = {}


def check(function: Callable[[Plantin], None]) -> Callable[[Plantin], None]:
    CHECKS[function.__name__] = function
    return function


def ask(
    server: Plantin,
    source: str,
    user: str,
    operation: int,
    *more: bytes,
    text: bytes = b"",
    job_group: bool = False,
) -> Answer:
    """One request of `user` from `source`; with a job-hold-until=indefinite when it prints or sets."""
    group = [attribute(KEYWORD, "job-hold-until", "indefinite")] if job_group else None
    body = request(
        operation,
        attribute(URI, "printer-uri", f"ipp://{SERVER}/printers/q"),
        *more,
        attribute(NAME, "requesting-user-name", user),
        job=group,
    )
    with Wire(SERVER, server.port, source=source) as wire:
        return wire.post(body + text)


def print_held(server: Plantin, source: str = OWNER, user: str = "alice") -> bytes:
    """The job-id attribute of a job that waits."""
    name = attribute(NAME, "job-name", "secret-title")
    answer = ask(server, source, user, PRINT_JOB, name, text=b"secret text", job_group=True).ok()
    return attribute(INTEGER, "job-id", answer.job.integer("job-id") or 0)


def state(server: Plantin, job: bytes) -> int:
    answer = ask(server, OPERATOR, "root", GET_JOB_ATTRIBUTES, job).ok()
    return answer.job.integer("job-state") or 0


def refused(answer: Answer, what: str) -> None:
    assert answer.status in NOT_AUTHORIZED, f"{what}: {answer.status:#06x} {answer.words}"
    assert answer.words, f"{what}: no reason"


@check
def a_stranger_cannot_touch_the_job_of_another(server: Plantin) -> None:
    job = print_held(server)
    for source, user in ((STRANGER, "mallory"), (STRANGER, "alice"), (OWNER, "mallory")):
        for operation in (CANCEL_JOB, HOLD_JOB, RELEASE_JOB, CUPS_GET_DOCUMENT):
            more = (attribute(INTEGER, "document-number", 1),) if operation == CUPS_GET_DOCUMENT else ()
            refused(
                ask(server, source, user, operation, job, *more), f"{operation:#x} as {user} from {source}"
            )
        refused(ask(server, source, user, SET_JOB_ATTRIBUTES, job, job_group=True), "Set-Job-Attributes")
    assert state(server, job) == 4, "still held"


@check
def a_stranger_does_not_see_what_is_printed(server: Plantin) -> None:
    job = print_held(server)
    everything = attribute(KEYWORD, "requested-attributes", "all")
    for operation in (GET_JOB_ATTRIBUTES, GET_JOBS):
        more = (job,) if operation == GET_JOB_ATTRIBUTES else ()
        answer = ask(server, STRANGER, "mallory", operation, *more, everything)
        assert b"secret-title" not in answer.body, f"{operation:#x} tells the title"
        assert b"alice" not in answer.body, f"{operation:#x} tells the owner"


@check
def the_owner_from_his_own_address_may(server: Plantin) -> None:
    job = print_held(server)
    told = ask(server, OWNER, "alice", GET_JOB_ATTRIBUTES, job).ok().job
    assert told.string("job-name") == "secret-title"
    ask(server, OWNER, "alice", SET_JOB_ATTRIBUTES, job, job_group=True).ok()
    number = attribute(INTEGER, "document-number", 1)
    ask_document = ask(server, OWNER, "alice", CUPS_GET_DOCUMENT, job, number)
    assert ask_document.body.endswith(b"secret text")
    ask(server, OWNER, "alice", CANCEL_JOB, job).ok()
    assert state(server, job) == 7
    other = print_held(server)
    ask(server, OWNER, "alice", RELEASE_JOB, other).ok()
    wait_until(lambda: state(server, other) == 9, "released and printed")


@check
def the_job_says_that_its_owner_is_a_claim(server: Plantin) -> None:
    job = print_held(server)
    told = ask(server, OWNER, "alice", GET_JOB_ATTRIBUTES, job).ok().job
    assert told.string("plantin-owner-proof") == "claim", told
    assert told.string("job-originating-user-name") == "alice"


@check
def strangers_do_not_administrate(server: Plantin) -> None:
    new = [attribute(URI, "device-uri", "socket://127.0.0.1:9")]
    uri = attribute(URI, "printer-uri", f"ipp://{SERVER}/printers/evil")
    user = attribute(NAME, "requesting-user-name", "root")
    for source in (STRANGER, OWNER):
        with Wire(SERVER, server.port, source=source) as wire:
            refused(wire.post(request(CUPS_ADD_MODIFY_PRINTER, uri, user, printer=new)), "adding")
        for operation in (
            PAUSE_PRINTER,
            RESUME_PRINTER,
            PURGE_JOBS,
            CUPS_DELETE_PRINTER,
            0x4009,
            0x400A,
            0x25,
        ):
            refused(ask(server, source, "root", operation), f"{operation:#x}")
    ask(server, STRANGER, "mallory", GET_PRINTER_ATTRIBUTES).ok()


@check
def named_networks_administrate(server: Plantin) -> None:
    job = print_held(server)
    for operation in (PAUSE_PRINTER, RESUME_PRINTER, 0x4009, 0x4008, 0x400A):
        ask(server, OPERATOR, "operator", operation).ok()
    ask(server, OPERATOR, "operator", CANCEL_JOB, job).ok()
    assert state(server, job) == 7
    new = [attribute(URI, "device-uri", "socket://127.0.0.1:9")]
    uri = attribute(URI, "printer-uri", f"ipp://{SERVER}/printers/made")
    with Wire(SERVER, server.port, source=OPERATOR) as wire:
        wire.post(request(CUPS_ADD_MODIFY_PRINTER, uri, printer=new)).ok()
        wire.post(request(CUPS_DELETE_PRINTER, uri)).ok()


@check
def cancel_my_jobs_cancels_only_ones_own(server: Plantin) -> None:
    mine, foreign = print_held(server, STRANGER, "alice"), print_held(server, OWNER, "alice")
    ask(server, STRANGER, "alice", 0x39).ok()
    assert state(server, mine) == 7
    assert state(server, foreign) == 4


def main(folder: Path) -> None:
    """Makes the addresses, starts the server, prints what the checks found."""
    subprocess.run(["ip", "link", "set", "lo", "up"], check=True)
    for address in (SERVER, OWNER, STRANGER, OPERATOR):
        subprocess.run(["ip", "address", "add", f"{address}/32", "dev", "lo"], check=True)
    server = Plantin(folder / "data", settings=SETTINGS)
    server.server = f"{SERVER}:{server.port}"
    errors = {}
    try:
        server.start()
        server.add_queue("q", f"file://{server.data}/devices/q")
        for name, function in CHECKS.items():
            try:
                function(server)
                errors[name] = ""
            except Exception:  # noqa: BLE001 - whatever is wrong belongs into the report
                errors[name] = traceback.format_exc()
    finally:
        if server.daemon is not None:
            server.stop()
    print(json.dumps(errors))


if __name__ == "__main__":
    main(Path(sys.argv[1]))
