"""``plantin tariff``, ``plantin policy`` and ``plantin group``."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from PIL import Image

from plantin.core.limits import RULES_TEXT_OCTETS_MAX
from tests.cli.support import Cli

HOUSE = """\
# What paper and toner cost.
name = "House"
currency = "EUR"
valid_from = 2020-01-01
job = "0.01"
duplex_discount = "10%"
sheet = [{ price = "0.005" }]
side = [{ price = "0.04", colour = false }, { price = "0.20", colour = true }]
finishing = [{ name = "staple", price = "0.02" }]
factor = { students = "0.5" }
"""
RULES = """\
[[rule]]
name = "Everybody in grey"
when = { application = "*Outlook*" }
then = { monochrome = true }

[[rule]]
name = "No more than ten"
order = 5
when = { copies = { over = 10 } }
then = { max_copies = 10, sides = "two-sided" }

[[rule]]
name = "Dear jobs wait"
scope = "queue:draft"
when = { cost = { over = "0.30" } }
then = { outcome = "hold", message = "{cost} is much, {user}" }
"""


@pytest.fixture
def colourful(tmp_path: Path) -> Path:
    """Two pages of A4, one of them red."""
    file = tmp_path / "red.pdf"
    black, red = (Image.new("RGB", (210, 297), "white") for _ in range(2))
    black.paste((0, 0, 0), (20, 20, 60, 60))
    red.paste((200, 0, 0), (20, 20, 60, 60))
    black.save(file, "PDF", save_all=True, append_images=[red], resolution=25.4)
    return file


@pytest.fixture
def house(office: Cli, tmp_path: Path) -> Cli:
    """The office, with a tariff and policies."""
    (tmp_path / "house.toml").write_text(HOUSE)
    (tmp_path / "rules.toml").write_text(RULES)
    office.good("tariff", "add", tmp_path / "house.toml")
    office.good("policy", "add", tmp_path / "rules.toml")
    return office


# Tariffs


def test_a_tariff_comes_and_goes(office: Cli, tmp_path: Path) -> None:
    assert "No tariffs yet" in office.good("tariff", "list") and office.json("tariff", "list") == []
    file = tmp_path / "house.toml"
    file.write_text(HOUSE)
    told = office.good("tariff", "add", file)
    assert told == "tariff House holds for everywhere, from 2020-01-01 00:00\n"
    assert "there is a tariff 'House' already; --replace" in office.bad("tariff", "add", file)
    dearer = HOUSE.replace("0.04", "0.05").encode()
    office.good("tariff", "add", "-", "--replace", stdin=dearer)
    head, row = office.good("tariff", "list").splitlines()
    assert head.split() == ["NAME", "FOR", "CURRENCY", "FROM", "UNTIL", "HOLDS", "RATES"]
    assert row.split() == ["House", "everywhere", "EUR", "2020-01-01", "00:00", "yes", "4"]
    shown = office.good("tariff", "show", "House")
    assert shown.startswith("# added by ") and shown.endswith(dearer.decode())
    facts = office.json("tariff", "show", "House")
    assert facts["source"] == dearer.decode() and facts["valid_from"].startswith("2020-01-01T00:00:00")
    assert facts["rates"][1] == {
        "basis": "side",
        "price": "0.05",
        "sizes": [],
        "colour": False,
        "finishing": None,
        "per": "each",
    }
    assert (facts["job"], facts["duplex_discount"], facts["factor"]) == ("0.01", "10%", {"students": "0.5"})
    assert facts["is_valid"] is True and facts["valid_until"] is None
    assert office.json("tariff", "list") == [{k: v for k, v in facts.items() if k != "source"}]
    office.good("tariff", "remove", "House")
    assert office.json("tariff", "list") == []
    assert "no tariff 'House'" in office.bad("tariff", "remove", "House")
    assert "no tariff 'House'" in office.bad("tariff", "show", "House")


def test_tariffs_that_make_no_sense(house: Cli, tmp_path: Path) -> None:
    other = HOUSE.replace("House", "Other").encode()
    assert "tariffs House and Other are both for everywhere" in house.bad("tariff", "add", "-", stdin=other)
    dollars = other.replace(b"EUR", b"USD")
    assert "this installation counts in EUR" in house.bad("tariff", "add", "-", stdin=dollars)
    assert "not TOML" in house.bad("tariff", "add", "-", stdin=b"name")
    assert "unknown field prize" in house.bad("tariff", "add", "-", stdin=HOUSE.encode() + b"prize = '1'")
    assert "no such file" in house.bad("tariff", "add", tmp_path / "missing").lower()
    assert "not UTF-8 at octet 3" in house.bad("tariff", "add", "-", stdin=b"abc\xff")
    large = b"#" * (RULES_TEXT_OCTETS_MAX + 1)
    assert "larger than" in house.bad("tariff", "add", "-", stdin=large)
    assert "name is missing" in house.bad("tariff", "add", "-", stdin=large[1:])


def test_a_quote_line_by_line(house: Cli, colourful: Path) -> None:
    house.good("group", "add", "students", "alice")
    told = house.good(
        *("tariff", "quote", colourful, "--queue", "draft", "--as", "alice", "--at", "2027-03-01T09:00"),
        *("-o", "copies=3", "-o", "sides=two-sided-long-edge", "-o", "finishings=staple"),
    )
    first, second, _, *lines = told.splitlines()
    assert first == (
        "red.pdf: application/pdf, 2 pages A4; 3 copies, 6 impressions (3 in colour) on 3 sheets"
    )
    assert second == "device hall, queue draft, site main, for alice (students), 2027-03-01 09:00"
    assert [" ".join(line.split()) for line in lines] == [
        "job 1 x 0.01 0.01 House",
        "sheet A4 3 x 0.005 0.015 House",
        "side mono A4 3 x 0.04 0.12 House",
        "duplex discount 10 % mono A4 0.12 x -0.1 -0.012 House",
        "side colour A4 3 x 0.2 0.6 House",
        "duplex discount 10 % colour A4 0.6 x -0.1 -0.06 House",
        "finishing staple 3 x 0.02 0.06 House",
        "factor 0.5 for students 0.733 x -0.5 -0.3665 House",
        "rounding 1 x 0.0035 0.0035",
        "total 0.37 EUR",
    ]


def test_a_quote_for_programs(house: Cli, colourful: Path) -> None:
    facts = house.json("tariff", "quote", colourful, "--queue", "anywhere", "--as", "bob")
    assert (facts["price"], facts["price_minor"], facts["currency"]) == ("0.26", 26, "EUR")
    assert (facts["device"], facts["queue"], facts["user"], facts["groups"]) == (None, "anywhere", "bob", [])
    assert facts["lines"][0] == {
        "text": "job",
        "quantity": "1",
        "price": "0.01",
        "amount": "0.01",
        "tariff": "House",
    }
    assert (facts["impressions"], facts["colour_impressions"], facts["sheets"]) == (2, 1, 2)
    here = house.json("tariff", "quote", colourful, "--queue", "anywhere", "--device", "shelf")
    assert here["device"] == "shelf"


def test_the_device_s_own_tariff(house: Cli, colourful: Path) -> None:
    house.good("group", "add", "big", "--device", "hall")
    own = 'name = "Big"\ncurrency = "EUR"\nscope = "device-group:big"\nside = [{ price = "1.00" }]\n'
    house.good("tariff", "add", "-", stdin=own.encode())
    quote = ("tariff", "quote", colourful, "--queue", "anywhere", "--device")
    assert house.json(*quote, "hall")["price"] == "2.02" and house.json(*quote, "shelf")["price"] == "0.26"
    assert house.json(*quote, "hall")["device_groups"] == ["big"]


def test_what_has_no_price(office: Cli, colourful: Path, tmp_path: Path) -> None:
    quote = ("tariff", "quote", colourful, "--queue", "draft")
    assert office.good(*quote).splitlines()[-1] == "no tariff holds there: it costs nothing"
    assert office.json(*quote)["price"] is None
    later = HOUSE.replace("2020", "2999").encode()
    office.good("tariff", "add", "-", stdin=later)
    assert office.json("tariff", "list")[0]["is_valid"] is False
    assert "no tariff applies to device hall, queue draft" in office.bad(*quote)
    assert office.json(*quote, "--at", "2999-01-01T00:00")["price"] == "0.26"
    noise = tmp_path / "noise"
    noise.write_bytes(bytes(range(256)))
    assert "its language is not known" in office.bad("tariff", "quote", noise, "--queue", "draft")
    assert "is a directory" in office.bad("tariff", "quote", tmp_path, "--queue", "draft")


def test_a_quote_for_nowhere(house: Cli, page: Path) -> None:
    assert "no queue 'nowhere'" in house.bad("tariff", "quote", page, "--queue", "nowhere")
    draft = ("tariff", "quote", page, "--queue", "draft")
    assert "does not feed shelf; it feeds hall" in house.bad(*draft, "--device", "shelf")
    assert "no device 'x'" in house.bad(*draft, "--device", "x")
    assert "no moment" in house.bad(*draft, "--at", "soon", code=2)
    assert "'two' is not a whole number" in house.bad(*draft, "-o", "copies=two")


# Policies


def test_a_policy_comes_and_goes(office: Cli, tmp_path: Path) -> None:
    assert "No policies yet" in office.good("policy", "list") and office.json("policy", "list") == []
    file = tmp_path / "rules.toml"
    file.write_text(RULES)
    assert office.good("policy", "add", file) == "policy rules added: 3 rules\n"
    assert "there is a policy 'rules' already" in office.bad("policy", "add", file)
    assert "say with --name" in office.bad("policy", "add", "-", stdin=b"")
    first = '[[rule]]\nname = "First"\norder = -1\nenabled = false\nthen = { monochrome = true }\n'
    office.good("policy", "add", "-", "--name", "first", stdin=first.encode())
    lines = [line.split(maxsplit=4) for line in office.good("policy", "list").splitlines()]
    assert lines == [
        ["POLICY", "FOR", "ORDER", "ENABLED", "RULE"],
        ["first", "everywhere", "-1", "no", "First"],
        ["rules", "everywhere", "0", "yes", "Everybody in grey"],
        ["rules", "everywhere", "5", "yes", "No more than ten"],
        ["rules", "queue:draft", "0", "yes", "Dear jobs wait"],
    ]
    assert [one["name"] for one in office.json("policy", "list")] == ["rules", "first"]
    assert office.good("policy", "show", "rules").endswith(RULES)
    facts = office.json("policy", "show", "first")
    assert facts["source"] == first and facts["rules"][0]["enabled"] is False
    office.good("policy", "add", file, "--replace")
    office.good("policy", "remove", "rules")
    assert "no policy 'rules'" in office.bad("policy", "remove", "rules")
    assert "no policy 'rules'" in office.bad("policy", "show", "rules")
    assert "'pagse' is no fact" in office.bad(
        *("policy", "add", "-", "--name", "x"),
        stdin=b"[[rule]]\nname = 'a'\nwhen = { pagse = 3 }\nthen = { monochrome = true }",
    )


def test_a_dry_run_says_what_fires_and_why(house: Cli, colourful: Path) -> None:
    told = house.good(
        *("policy", "test", colourful, "--as", "alice", "--queue", "draft", "-o", "copies=20"),
        *("--at", "2027-03-01 09:00", "--title", "Microsoft Outlook - Memo"),
    )
    assert told.splitlines()[3:] == [
        "[fired] everywhere / Everybody in grey",
        "    because application is 'Microsoft Outlook', wanted *Outlook*: yes",
        "    -> print in black only",
        "[fired] everywhere / No more than ten",
        "    because copies is 20, wanted over 10: yes",
        "    -> print on both sides",
        "    -> no more than 10 copies",
        "[fired] queue:draft / Dear jobs wait",
        "    because cost is 0.78, wanted over 0.30: yes",
        "    -> hold",
        "    -> tell the person",
        "decision: hold",
        "    message: 0.78 is much, alice",
        "    changed: printed on both sides",
        "    changed: printed in black only",
        "    changed: 10 copies",
        "price: 0.78 EUR",
        "answer: held: 0.78 is much, alice",
    ]
    assert house.json("account", "list") == []


def test_a_dry_run_for_programs(house: Cli, colourful: Path) -> None:
    facts = house.json(
        *("policy", "test", colourful, "--as", "bob", "--queue", "secure", "-o", "copies=2"),
        *("--application", "Writer", "--client", "10.0.0.7"),
    )
    assert (facts["decision"], facts["answer"], facts["price"]) == ("allow", "admitted", "0.51")
    assert [(rule["name"], rule["fired"]) for rule in facts["rules"]] == [
        ("Everybody in grey", False),
        ("No more than ten", False),
    ]
    known = facts["facts"]
    assert (known["user"], known["application"], known["client"]) == ("bob", "Writer", "10.0.0.7")
    assert (known["cost"], known["pages"], known["colour"], known["paper"]) == ("0.51", 2, True, ["A4"])
    assert known["name"] == "red.pdf" and known["spool_bytes"] == colourful.stat().st_size
    assert facts["changes"]["copies"] is None and facts["changes"]["monochrome"] is False


def test_a_dry_run_with_what_nobody_can_count(house: Cli, tmp_path: Path) -> None:
    noise = tmp_path / "noise"
    noise.write_bytes(bytes(range(256)))
    rule = (
        '[[rule]]\nname = "Unknown waits"\nwhen = { unknown = ["pages", "format"] }\n'
        'then = { outcome = "deny", message = "What is {name}?" }\n'
    )
    house.good("policy", "add", "-", "--name", "unknown", stdin=rule.encode())
    facts = house.json("policy", "test", noise, "--queue", "secure")
    assert (facts["decision"], facts["messages"], facts["price"]) == ("deny", ["What is noise?"], None)
    assert facts["answer"] == "denied" and facts["error"]
    told = house.good("policy", "test", noise, "--queue", "secure")
    assert told.splitlines()[0] == "noise: unknown, could not inspect: its language is not known"


def test_a_dry_run_depends_on_the_time_and_the_groups(house: Cli, page: Path) -> None:
    rule = (
        '[[rule]]\nname = "Nights are for staff"\n'
        'when = { time = { between = "20:00-06:00" }, not = { group = "staff" } }\n'
        'then = { outcome = "deny", message = "closed" }\n'
    )
    house.good("policy", "add", "-", "--name", "nights", stdin=rule.encode())
    house.good("group", "add", "staff", "alice")
    test = ("policy", "test", page, "--queue", "secure")
    decisions = [
        house.json(*test, "--as", who, "--at", f"2027-03-01T{hour}:00")["decision"]
        for who in ("alice", "bob")
        for hour in (12, 23)
    ]
    assert decisions == ["allow", "allow", "allow", "deny"]


# Groups


def test_groups(office: Cli) -> None:
    assert "No groups yet" in office.good("group", "list") and office.json("group", "list") == []
    assert office.good("group", "add", "staff", "alice", "bob", "alice") == "group staff: 2 added\n"
    told = office.good("group", "add", "staff", "bob", "eve", "--device", "hall")
    assert told == "group staff: 2 added (1 in it already)\n"
    office.good("group", "add", "Domain Users", "alice")
    assert office.json("group", "list") == [
        {"name": "Domain Users", "people": 1, "devices": 0},
        {"name": "staff", "people": 3, "devices": 1},
    ]
    assert office.good("group", "list").splitlines()[1].split() == ["1", "0", "Domain", "Users"]
    assert office.json("group", "show", "staff") == {
        "name": "staff",
        "people": ["alice", "bob", "eve"],
        "devices": ["hall"],
    }
    assert "alice, bob, eve" in office.good("group", "show", "staff")
    assert "'mallory' is not in group 'staff'" in office.bad("group", "remove", "staff", "bob", "mallory")
    office.good("group", "remove", "staff", "bob", "eve", "alice", "--device", "hall")
    assert "no group 'staff'" in office.bad("group", "show", "staff")
    assert "no device 'x'" in office.bad("group", "add", "g", "--device", "x")
    assert "is no name" in office.bad("group", "add", " g", "alice")
    assert "name a USER" in office.bad("group", "add", "g", code=2)


def test_what_was_done_is_told_in_json_too(house: Cli) -> None:
    assert json.loads(house.good("tariff", "list", "--json"))[0]["actor"].endswith("(command line)")
