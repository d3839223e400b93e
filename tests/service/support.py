"""A running server, as a client, a script and a person see it."""

from __future__ import annotations

import http.client
from collections.abc import Mapping

from plantin.ipp import Message, Operation, Status, Tag, decode, encode
from plantin.ipp.attributes import charset, keyword, language, uri
from tests.peers.plantin import Plantin
from tests.peers.process import wait_until

SECONDS = 30.0


def get(server: Plantin, path: str, method: str = "GET") -> tuple[int, Mapping[str, str], bytes]:
    """A page of the web port: status, headers by lower-case name, body."""
    connection = http.client.HTTPConnection("127.0.0.1", server.web_port, timeout=SECONDS)
    try:
        connection.request(method, path)
        answer = connection.getresponse()
        return answer.status, {name.lower(): value for name, value in answer.getheaders()}, answer.read()
    finally:
        connection.close()


def healthy(server: Plantin) -> bool:
    """Whether the server says of itself that it is well; False while nobody answers."""
    try:
        return get(server, "/health")[0] == 200
    except OSError:
        return False


def asked(server: Plantin, queue: str) -> str:
    """What a client is told of a queue: ``idle accepting`` and the like, or the status that refuses."""
    request = Message((2, 0), Operation.GET_PRINTER_ATTRIBUTES, 1)
    request.add_group(
        Tag.OPERATION_ATTRIBUTES,
        [
            charset("attributes-charset", "utf-8"),
            language("attributes-natural-language", "en"),
            uri("printer-uri", server.uri(queue)),
            keyword("requested-attributes", "printer-state", "printer-is-accepting-jobs"),
        ],
    )
    connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=SECONDS)
    try:
        headers = {"Content-Type": "application/ipp"}
        connection.request("POST", f"/printers/{queue}", encode(request), headers)
        answer, _ = decode(connection.getresponse().read())
    finally:
        connection.close()
    if answer.code != Status.SUCCESSFUL_OK:
        return Status(answer.code).keyword
    printer = answer.printer_attributes
    state = {3: "idle", 4: "processing", 5: "stopped"}[printer.integer("printer-state") or 0]
    return f"{state} {'accepting' if printer.boolean('printer-is-accepting-jobs') else 'rejecting'}"


def job_state(server: Plantin, job: int) -> str:
    return str(server.json("job", "show", str(job))["state"])


def wait_for_state(server: Plantin, job: int, *states: str) -> None:
    """Waits until a job is in one of the states."""
    wait_until(lambda: job_state(server, job) in states, f"job {job} becomes {' or '.join(states)}", SECONDS)
