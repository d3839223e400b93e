"""`docs/ledger.md` says what the code does: kinds, requests, reason codes, and its tariff is a tariff."""

from __future__ import annotations

import tomllib
from datetime import UTC
from pathlib import Path

from plantin.ledger import errors, requests
from plantin.ledger.accounts import AccountKind
from plantin.ledger.quotas import PageKind
from plantin.ledger.tariff_parse import parse_tariff
from plantin.ledger.transactions import Kind

TEXT = (Path(__file__).parents[2] / "docs" / "ledger.md").read_text()


def test_every_kind_request_and_reason_is_documented() -> None:
    kinds = [f"`{kind.value}`" for group in (AccountKind, PageKind, Kind) for kind in group]
    asked = [
        f"`{cls.__name__}`"
        for cls in requests.Request.__subclasses__()
        if cls.__module__ == requests.__name__
    ]
    codes = [
        f"| `{cls.code}` |"
        for cls in errors.LedgerError.__subclasses__()
        if cls.__module__ == errors.__name__
    ]
    assert len(set(asked)) == len(Kind)
    assert [text for text in [*kinds, *asked, *codes] if text not in TEXT] == []


def test_the_tariff_on_the_page_is_one() -> None:
    example = TEXT.split("```toml\n")[1].split("```")[0]
    tariff = parse_tariff(tomllib.loads(example), UTC)
    assert (tariff.name, len(tariff.rates)) == ("House 2027", 7)
