"""requested-attributes: names, groups, and what has to be asked for by its name."""

from __future__ import annotations

from plantin.frontends.ipp.requested import JOB_GROUPS, PRINTER_GROUPS, wanted

NAMES = (
    "printer-name",
    "printer-state",
    "copies-supported",
    "sides-default",
    "media-ready",
    "media-size-supported",
    "media-col-database",
    "notify-events-supported",
    "color-supported",
)


def asked(*values: str) -> list[str]:
    return wanted(values, PRINTER_GROUPS, ("all",)).filter(NAMES)


def test_all_is_everything_but_the_database() -> None:
    everything = [name for name in NAMES if name != "media-col-database"]
    assert asked() == everything
    assert asked("all") == everything
    assert asked("all", "media-col-database") == list(NAMES)
    assert asked("media-col-database") == ["media-col-database"]


def test_none_is_nothing() -> None:
    assert asked("none") == []


def test_groups() -> None:
    assert asked("job-template") == [
        "copies-supported",
        "sides-default",
        "media-ready",
        "media-size-supported",
    ]
    assert "sides-default" not in asked("printer-description")
    assert "printer-name" in asked("printer-description")
    assert asked("printer-defaults") == ["sides-default"]
    assert asked("subscription-template") == ["notify-events-supported"]
    assert asked("printer-name", "printer-defaults") == ["printer-name", "sides-default"]


def test_unknown_names_are_ignored() -> None:
    assert asked("no-such-attribute", "printer-name") == ["printer-name"]


def test_job_groups() -> None:
    def of_job(*values: str) -> list[str]:
        return wanted(values, JOB_GROUPS, ("job-id",)).filter(("job-id", "job-state", "copies"))

    assert of_job() == ["job-id"]
    assert of_job("job-template") == ["copies"]
    assert of_job("job-description") == ["job-id", "job-state"]
    assert of_job("all") == ["job-id", "job-state", "copies"]


def test_equal_requests_are_one_object() -> None:
    assert wanted(["a", "b"], PRINTER_GROUPS, ()) is wanted(("a", "b"), PRINTER_GROUPS, ())
