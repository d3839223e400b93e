"""``plantin import``: all or nothing, with the line that is wrong."""

from __future__ import annotations

from pathlib import Path

import pytest

from plantin.cli.tables import CSV_COLUMNS, DEVICE_KEYS, QUEUE_KEYS
from tests.cli.support import Cli

CSV = """\
device,uri,queue,mode,site,info,location
hall,socket://10.0.0.1,hall,,north,Big one,2nd floor
shelf,ipp://10.0.0.2/ipp/print,,,north,,Room 7
,,secure,hold,,Held,
hall shelf,,anywhere,find-me,,,
,socket://10.0.0.3,porch,,,,
"""
TOML = """\
[[device]]
name = "hall"
uri = "socket://10.0.0.1"
options = { linger = 5 }

[[queue]]
name = "anywhere"
devices = ["hall"]
mode = "find-me"
allowed_users = ["anna"]
expire_after_s = 60
enabled = false
"""


@pytest.fixture
def file(tmp_path: Path) -> Path:
    file = tmp_path / "office.csv"
    file.write_text(CSV)
    return file


def test_one_machine_to_a_line(cli: Cli, file: Path) -> None:
    assert cli.good("import", file) == f"3 devices and 4 queues imported from {file}\n"
    devices = {row["name"]: row for row in cli.json("device", "list")}
    queues = {row["name"]: row for row in cli.json("queue", "list")}
    assert {name: row["uri"] for name, row in devices.items()} == {
        "hall": "socket://10.0.0.1",
        "shelf": "ipp://10.0.0.2/ipp/print",
        "porch": "socket://10.0.0.3",
    }
    assert {name: (row["mode"], row["devices"]) for name, row in queues.items()} == {
        "hall": ("direct", ["hall"]),
        "secure": ("hold", []),
        "anywhere": ("find-me", ["hall", "shelf"]),
        "porch": ("direct", ["porch"]),
    }
    assert (devices["hall"]["site"], devices["hall"]["location"]) == ("north", "2nd floor")
    assert (queues["hall"]["info"], queues["secure"]["site"]) == ("Big one", "main")


def test_toml_names_every_setting(cli: Cli, tmp_path: Path) -> None:
    file = tmp_path / "office.toml"
    file.write_text(TOML)
    cli.good("import", file)
    assert cli.json("device", "show", "hall")["options"] == {"linger": 5}
    queue = cli.json("queue", "show", "anywhere")
    assert (queue["mode"], queue["allowed_users"], queue["expire_after_s"]) == ("find-me", ["anna"], 60)
    assert queue["enabled"] is False


def test_a_dry_run_changes_nothing(cli: Cli, file: Path) -> None:
    assert "3 devices and 4 queues, all well; nothing was changed" in cli.good("import", file, "--dry-run")
    assert cli.json("device", "list") == []


def test_a_second_time_needs_update(cli: Cli, file: Path) -> None:
    cli.good("import", file)
    told = cli("import", file)
    assert told.code == 1
    assert f"{file}: line 2: there is a device 'hall' already; --update changes it" in told.err
    assert told.err.endswith("nothing was imported\n")
    file.write_text("device,uri,queue,location\nhall,socket://10.9.9.9,hall,\nnew,socket://n,new,Attic\n")
    cli.good("import", file, "--update")
    assert cli.json("device", "show", "hall")["uri"] == "socket://10.9.9.9"
    assert cli.json("device", "show", "hall")["location"] == "2nd floor"
    assert cli.json("queue", "show", "new")["location"] == "Attic"


@pytest.mark.parametrize("separator", [";", "\t"])
def test_the_spreadsheet_may_separate_otherwise(cli: Cli, file: Path, separator: str) -> None:
    file.write_bytes(b"\xef\xbb\xbf" + CSV.replace(",", separator).encode())
    cli.good("import", file)
    assert len(cli.json("queue", "list")) == 4


@pytest.mark.parametrize(
    ("lines", "told"),
    [
        ("printer,uri\nx,y", "line 1: there is no column 'printer'; there are device, uri"),
        ("device,device,uri\n", "line 1: a column stands there twice"),
        ("uri,info\n", "line 1: the heading names neither"),
        ("device,uri\nhall,socket://a\nhall,socket://b", "line 3: device 'hall' stands at line 2 already"),
        ("device,uri\nhall,gopher://a", "line 2: the device URI 'gopher://a' has no scheme"),
        ("device,uri\nha/ll,socket://a", "line 2: a device name cannot hold '/'"),
        ("device,uri\n,socket://a", "line 2: it names an address, but neither a device nor a queue"),
        ("device,uri\nhall,", "line 2: it names neither an address"),
        ("device,uri\na b,socket://a", "line 2: it names one address and several devices"),
        ("device,uri\nhall,socket://a,x", "line 2: it has 3 cells; the heading has 2"),
        ("queue,device\nq,nope", "line 2: there is no device 'nope', neither here nor in this file"),
        ("queue,mode\nq,fax", "line 2: mode cannot be 'fax'"),
        ("device,uri,mode\nh,socket://a,hold", "line 2: it names a mode, but no queue"),
        ('queue\n"q', "line 2: "),
        ("queue,info\nq," + "x" * 1024, "line 2: info has 1024 octets; 1023 is the most"),
        ("queue,site\nq,a/b", "line 2: a site name cannot hold '/'"),
    ],
)
def test_what_is_wrong_is_told_with_its_line(cli: Cli, file: Path, lines: str, told: str) -> None:
    file.write_text(lines)
    said = cli("import", file)
    assert said.code == 1
    assert f"plantin: {file}: {told}" in said.err
    assert said.err.rstrip().endswith("nothing was imported")
    assert cli.json("device", "list") == cli.json("queue", "list") == []


@pytest.mark.parametrize(
    ("lines", "told"),
    [
        ("[[device]\n", "Expected"),
        ("[[printer]]\nname='x'", "there is no section [[printer]]"),
        ("[device]\nname='x'", "write [[device]] in double brackets"),
        ("[[device]]\nname='x'", "line 1: a device needs a uri"),
        ("\n[[queue]]\ninfo='x'", "line 2: a queue needs a name"),
        ("[[queue]]\nname='x'\ncolour=1", "line 1: a queue has no setting 'colour'"),
        ("[[queue]]\nname='x'\ndevices='y'", "line 1: devices must be a list of strings, not 'y'"),
        (
            "[[queue]]\nname='x'\nexpire_after_s=-1",
            "line 1: expire_after_s must be a whole number of 0 or more",
        ),
        ("[[queue]]\nname='x'\n[[queue]]\nname='x'", "line 3: queue 'x' stands at line 1 already"),
        (
            "[[device]]\nname='x'\nuri='socket://a'\noptions={speed=1}\n[[queue]]\nname='y'\nmode='z'",
            "line 5: mode",
        ),
    ],
)
def test_wrong_toml_is_told_with_its_line(cli: Cli, tmp_path: Path, lines: str, told: str) -> None:
    file = tmp_path / "office.toml"
    file.write_text(lines)
    said = cli("import", file)
    assert said.code == 1
    assert told in said.err
    assert cli.json("device", "list") == cli.json("queue", "list") == []


def test_ten_problems_are_told_and_the_rest_is_counted(cli: Cli, file: Path) -> None:
    file.write_text("queue,device\n" + "".join(f"q{n},nope\n" for n in range(30)))
    lines = cli("import", file).err.splitlines()
    assert len(lines) == 12 and lines[10] == "and 20 more problems"


def test_another_kind_of_file_is_refused(cli: Cli, tmp_path: Path) -> None:
    other = tmp_path / "office.xls"
    other.write_bytes(b"\xd0\xcf\x11")
    assert "it is not UTF-8 at octet 0" in cli.bad("import", other)
    other.write_text("x")
    assert "its name ends neither in .csv nor in .toml" in cli.bad("import", other)
    assert "does not exist" in cli.bad("import", tmp_path / "missing.csv", code=2)


def test_thousands_go_in_as_they_would_one_by_one(cli: Cli, file: Path) -> None:
    file.write_text(
        "queue,uri\n" + "".join(f"q{n},socket://10.0.{n // 250}.{n % 250}\n" for n in range(2500))
    )
    cli.good("import", file)
    imported = cli.json("queue", "show", "q2499")
    cli.good("device", "add", "single", "--uri", "socket://x")
    cli.good("queue", "add", "single", "--device", "single")
    alone = cli.json("queue", "show", "single")
    own = {"name", "uuid", "devices", "state_at", "config_at", "created_at"}
    own |= {f"{key}_iso" for key in own}
    assert {k: v for k, v in imported.items() if k not in own} == {
        k: v for k, v in alone.items() if k not in own
    }
    assert len(cli.json("queue", "list")) == 2501
    assert len({row["uuid"] for row in cli.json("device", "list")}) == 2501


def test_the_page_names_every_column_and_setting() -> None:
    page = (Path(__file__).resolve().parents[2] / "docs" / "import.md").read_text()
    assert [line.split("`")[1] for line in page.splitlines() if line.startswith("| `")] == list(CSV_COLUMNS)
    for keys in (DEVICE_KEYS, QUEUE_KEYS):
        assert ", ".join(f"`{key}`" for key in keys) in page.replace("\n", " ")


def test_the_examples_of_the_page_can_be_imported(cli: Cli, tmp_path: Path) -> None:
    page = (Path(__file__).resolve().parents[2] / "docs" / "import.md").read_text()
    for kind in ("csv", "toml"):
        example = tmp_path / f"example.{kind}"
        example.write_text(page.split(f"```{kind}\n")[1].split("```")[0])
        cli.good("import", example, "--data", tmp_path / kind)
