"""``plantin device``."""

from __future__ import annotations

import socket
import threading

import pytest

from tests.cli.support import Cli

KEYS = {
    "name",
    "uuid",
    "uri",
    "site",
    "info",
    "location",
    "make_model",
    "state",
    "state_reasons",
    "state_message",
    "state_at",
    "state_at_iso",
    "paused",
    "options",
    "tls_pin",
    "supplies",
    "capabilities_octets",
    "capabilities_at",
    "capabilities_at_iso",
}


def test_a_device_is_added_listed_shown_changed_and_removed(cli: Cli) -> None:
    told = cli.good(
        *("device", "add", "hall", "--uri", "socket://printer.example:9101", "--site", "north"),
        *("--info", "The big one", "--location", "2nd floor", "-o", "linger=5"),
    )
    assert told == "device hall added\n"
    listed = cli.good("device", "list").splitlines()
    assert listed[0].split() == ["NAME", "STATE", "URI", "SITE", "LOCATION", "WHY"]
    assert listed[1].split()[:4] == ["hall", "idle", "socket://printer.example:9101", "north"]
    shown = cli.json("device", "show", "hall")
    assert shown["options"] == {"linger": "5"}
    assert shown["state_at"] == 0 and shown["state_at_iso"] is None
    assert cli.good("device", "set", "hall", "--uri", "ipp://printer.example/ipp/print", "--pause")
    changed = cli.json("device", "show", "hall")
    assert (changed["uri"], changed["state"], changed["location"]) == (
        "ipp://printer.example/ipp/print",
        "paused",
        "2nd floor",
    )
    assert "paused by an administrator" in cli.good("device", "list")
    cli.good("device", "set", "hall", "--resume", "-o", "linger=")
    assert cli.json("device", "show", "hall")["options"] == {}
    assert cli.good("device", "remove", "hall") == "device hall removed\n"
    assert cli.json("device", "list") == []
    assert cli.good("device", "list").startswith("No devices yet. Add one: ")


def test_the_json_of_a_device_has_these_keys(office: Cli) -> None:
    listed = office.json("device", "list")
    assert [row["name"] for row in listed] == ["hall", "shelf"]
    assert set(listed[0]) == KEYS
    assert office.json("device", "show", "hall") == listed[0]


def test_a_pin_is_stored_plainly(office: Cli) -> None:
    pin = ":".join(["AB"] * 32)
    office.good("device", "set", "hall", "--tls-pin", pin)
    assert office.json("device", "show", "hall")["tls_pin"] == "ab" * 32
    office.good("device", "set", "hall", "--tls-pin", "")
    assert office.json("device", "show", "hall")["tls_pin"] == ""


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("add", "hall", "--uri", "socket://x"), "there is a device 'hall' already"),
        (("add", "a b", "--uri", "socket://x"), "a device name cannot hold ' '"),
        (("add", "new", "--uri", "gopher://x"), "has no scheme that Plantin knows"),
        (("add", "new", "--uri", "socket://"), "names no host"),
        (("add", "new", "--uri", "file:///etc/passwd"), "outside of the folders"),
        (("add", "new", "--uri", "socket://x?linger=soon"), "linger wants seconds"),
        (("add", "new", "--uri", "socket://x", "-o", "speed=9"), "there is no device option 'speed'"),
        (("add", "new", "--uri", "socket://x", "--tls-pin", "123"), "64 hexadecimal digits"),
        (("add", "new", "--uri", "socket://x", "--site", "a/b"), "a site name cannot hold '/'"),
        (("set", "nope", "--pause"), "there is no device 'nope'"),
        (("set", "hall", "-o", "linger=-1"), "linger wants seconds"),
        (("show", "nope"), "there is no device 'nope'"),
        (("remove", "nope"), "there is no device 'nope'"),
        (("remove", "hall"), "is fed by queue"),
        (("test", "nope"), "there is no device 'nope'"),
        (("test", "shelf"), "refuses connections"),
    ],
)
def test_what_is_refused_is_said_in_one_line(office: Cli, words: tuple[str, ...], told: str) -> None:
    before = office.json("device", "list")
    assert told in office.bad("device", *words)
    assert office.json("device", "list") == before


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("add",), "missing argument 'NAME'"),
        (("add", "new"), "missing option '--uri'"),
        (("set", "hall"), "nothing to change"),
        (("set", "hall", "-o", "linger"), "'linger' is not NAME=VALUE"),
        (("add", "new", "--uri", "socket://x", "--info", "x" * 1024), "1023 is the most"),
        (("add", "new", "--uri", "socket://x", "--info", "a\x1bb"), "cannot be shown"),
        (("ad",), "no such command 'ad'"),
        (("list", "--jsn"), "no such option '--jsn'"),
    ],
)
def test_a_wrong_command_line_is_exit_2(office: Cli, words: tuple[str, ...], told: str) -> None:
    line = office.bad("device", *words, code=2)
    assert told.lower() in line.lower()
    assert "--help" in line


def test_a_device_is_asked_how_it_is(office: Cli) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        office.good("device", "add", "here", "--uri", f"socket://127.0.0.1:{port}")

        def take() -> None:
            server.accept()[0].close()

        taken = threading.Thread(target=take)
        taken.start()
        told = office.good("device", "test", "here")
        taken.join()
    assert told.startswith(f"device here at socket://127.0.0.1:{port} takes connections (")
