"""What a printer-uri or job-uri points at: only its path counts."""

from __future__ import annotations

import pytest

from plantin.frontends.ipp.target import URI_OCTETS_MAX, BadTarget, Kind, Target, parse_target

SERVER = Target(Kind.SERVER)


@pytest.mark.parametrize(
    ("uri", "target"),
    [
        ("/", SERVER),
        ("ipp://localhost", SERVER),
        ("ipp://localhost/", SERVER),
        ("ipp://localhost/printers/", SERVER),
        ("ipp://localhost:631/classes", SERVER),
        ("ipp://h/jobs/", SERVER),
        ("http://h/admin/", SERVER),
        ("ipp://h/ipp/system", SERVER),
        ("ipp://localhost/printers/q", Target(Kind.QUEUE, "q")),
        ("ipp://localhost:631/printers/q", Target(Kind.QUEUE, "q")),
        ("ipps://user:pw@[::1]:8631/printers/q", Target(Kind.QUEUE, "q")),
        ("http://host:80/printers/q/.printer", Target(Kind.QUEUE, "q")),
        ("/printers/q", Target(Kind.QUEUE, "q")),
        ("ipp://h/printers/q?waitjob=true", Target(Kind.QUEUE, "q")),
        ("ipp://h/printers/Caf%C3%A9%201", Target(Kind.QUEUE, "Café 1")),
        ("ipp://h/printers/Q", Target(Kind.QUEUE, "Q")),
        ("ipp://h/classes/c", Target(Kind.QUEUE, "c", form="classes")),
        ("ipp://h/ipp/print", Target(Kind.DEFAULT_QUEUE, form="ipp")),
        ("ipp://h/ipp/print/", Target(Kind.DEFAULT_QUEUE, form="ipp")),
        ("ipp://h/ipp/print/q", Target(Kind.QUEUE, "q", form="ipp")),
        ("ipp://h/ipp/print/q/12", Target(Kind.JOB, "q", 12, form="ipp")),
        ("ipp://h/printers/q/12", Target(Kind.JOB, "q", 12)),
        ("ipp://h/jobs/12", Target(Kind.JOB, job=12)),
    ],
)
def test_path_decides(uri: str, target: Target) -> None:
    assert parse_target(uri) == target


@pytest.mark.parametrize(
    "uri",
    [
        "ipp://h/jobs/x",
        "ipp://h/jobs/-1",
        "ipp://h/jobs/12345678901",
        "ipp://h/printers/a/b/c",
        "ipp://h/elsewhere",
        "ipp://h/printers/%FF",
        "printers/q",
        "mailto:somebody",
    ],
)
def test_what_means_nothing(uri: str) -> None:
    with pytest.raises(BadTarget):
        parse_target(uri)


def test_longest_uri() -> None:
    name = "q" * (URI_OCTETS_MAX - len("/printers/"))
    assert parse_target(f"/printers/{name}").queue == name
    with pytest.raises(BadTarget, match="1023"):
        parse_target(f"/printers/{name}q")
