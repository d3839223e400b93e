"""``plantin status``: age x device."""

from __future__ import annotations

from pathlib import Path

from plantin.store import sql
from plantin.store.queries.status import AGES_MIN
from tests.cli.support import Cli


def test_an_empty_installation(cli: Cli) -> None:
    assert cli.good("status") == (
        f"server does not run; data in {cli.data}\n0 queues, 0 devices; jobs: none waits\n"
    )
    told = cli.json("status")
    assert told["server"] is None and told["shape"] == [] and told["trouble"] == []
    assert set(told["open_jobs"]) == {"incoming", "pending", "held", "processing", "stopped"}


def test_jobs_are_counted_by_queue_device_and_age(office: Cli, page: Path) -> None:
    for queue in ("draft", "draft", "secure"):
        office.good("print", page, "--queue", queue)
    sql.execute("UPDATE store_job SET created_at = created_at - %s WHERE id = 1", [7 * 60_000])
    sql.execute("UPDATE store_job SET created_at = created_at - %s WHERE id = 3", [3_000 * 60_000])
    office.begin(2, "hall", 1)
    told = office.json("status")
    assert told["ages_min"] == list(AGES_MIN)
    shape = {(row["queue"], row["device"], row["state"]): row["counts"] for row in told["shape"]}
    columns = len(AGES_MIN) + 1
    assert shape == {
        ("draft", None, "pending"): [0, 1] + [0] * (columns - 2),
        ("draft", "hall", "processing"): [1] + [0] * (columns - 1),
        ("secure", None, "held"): [0] * (columns - 1) + [1],
    }
    assert all(row["jobs"] == sum(row["counts"]) for row in told["shape"])
    lines = office.good("status").splitlines()
    assert lines[1] == "3 queues, 2 devices; jobs: 1 pending, 1 held, 1 processing"
    assert lines[3].split() == [
        *("QUEUE", "DEVICE", "STATE", "JOBS"),
        *(f"<{minutes}" for minutes in AGES_MIN),
        f"{AGES_MIN[-1]}+",
    ]


def test_devices_in_trouble_are_named(office: Cli) -> None:
    office.good("device", "set", "hall", "--pause")
    assert "device hall is in trouble: paused by an administrator" in office.good("status")
    (trouble,) = office.json("status")["trouble"]
    assert trouble == {
        "device": "hall",
        "why": "paused by an administrator",
        "since_at": 0,
        "since_at_iso": None,
    }
