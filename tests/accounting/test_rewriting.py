"""What the rules change in a job stands in its attributes, nothing else does; lines of a price at rest."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from plantin.accounting import rewriting
from plantin.accounting.counts import count
from plantin.accounting.lines import lines_json, lines_of
from plantin.accounting.rewriting import rewritten
from plantin.accounting.ticket import ticket_of
from plantin.ipp import Attribute, Group, Range, Tag
from plantin.ipp.blobs import pack, unpack
from plantin.ledger.money import unit_of
from plantin.ledger.price import Price, PriceLine, price_usage
from plantin.ledger.tariffs import Place
from plantin.policy.actions import Position
from plantin.policy.decide import Changes
from plantin.queue.conversion import asked
from plantin.store.rule_text import read_tariff
from tests.accounting.test_counts import document, page, ticket

ATTRIBUTES = (
    Attribute("sides", Tag.KEYWORD, ("two-sided-short-edge",)),
    Attribute("copies", Tag.INTEGER, (7,)),
    Attribute("page-ranges", Tag.RANGE, (Range(1, 3), Range(5, 5))),
    Attribute("job-account-id", Tag.NAME, ("physics",)),
)


def after(changes: Changes, *attributes: Attribute) -> Group:
    return Group(Tag.JOB_ATTRIBUTES, unpack(rewritten(pack(attributes or ATTRIBUTES), changes)))


def test_nothing_is_changed_where_no_rule_changes_it() -> None:
    assert unpack(rewritten(pack(ATTRIBUTES), Changes())) == ATTRIBUTES
    assert rewritten(b"", Changes()) == b""


def test_copies_and_sides_are_replaced_and_the_rest_is_left() -> None:
    changed = after(Changes(copies=2, two_sided=False, monochrome=True))
    assert changed.integer("copies") == 2
    assert changed.string("sides") == "one-sided"
    assert changed.string("print-color-mode") == "monochrome"
    assert changed.values("page-ranges") == (Range(1, 3), Range(5, 5))
    assert changed.string("job-account-id") == "physics"


def test_a_cap_never_makes_more_copies() -> None:
    one = Attribute("copies", Tag.INTEGER, (1,))
    assert after(Changes(copies=3), one).integer("copies") == 1
    assert after(Changes(copies=3), ATTRIBUTES[0]).integer("copies") == 1
    assert after(Changes(copies=3)).integer("copies") == 3
    assert ticket_of([]).with_changes(Changes(copies=3)).settings.copies == 1


def test_both_sides_are_turned_as_the_job_turns_them() -> None:
    one = Attribute("sides", Tag.KEYWORD, ("one-sided",))
    copies = Attribute("copies", Tag.INTEGER, (1,))
    assert after(Changes(two_sided=True)).string("sides") == "two-sided-short-edge"
    assert after(Changes(two_sided=True), one).string("sides") == "two-sided-long-edge"
    assert after(Changes(two_sided=True), copies).string("sides") == "two-sided-long-edge"


def test_twice_is_once() -> None:
    changes = Changes(two_sided=True, monochrome=True, copies=3, watermark="draft")
    once = rewritten(pack(ATTRIBUTES), changes)
    assert rewritten(once, changes) == once


def test_the_ticket_after_it_is_the_one_that_was_priced() -> None:
    for changes in (Changes(two_sided=True), Changes(two_sided=False, copies=2), Changes(monochrome=True)):
        before = ticket_of(ATTRIBUTES)
        assert ticket_of(unpack(rewritten(pack(ATTRIBUTES), changes))) == before.with_changes(changes)


def test_a_watermark_is_what_conversion_writes_on_the_page() -> None:
    assert (rewriting.STAMP, rewriting.STAMP_POSITION) == (asked.STAMP, asked.STAMP_POSITION)
    found = asked.asked_of(rewritten(b"", Changes(watermark="alice: 10%")))
    assert (found.stamp, found.stamp_place) == ("alice: 10%", "footer")
    top = Changes(watermark="x", watermark_position=Position.TOP)
    assert asked.asked_of(rewritten(b"", top)).stamp_place == "header"


def test_a_long_watermark_is_cut_between_letters() -> None:
    blob = rewritten(b"", Changes(watermark="ü" * 600))
    assert after(Changes(), *unpack(blob)).string(rewriting.STAMP) == "ü" * 511


TARIFF = read_tariff(
    'name = "Prüf"\ncurrency = "EUR"\njob = "0.001"\nduplex_discount = "12.5%"\n'
    'side = [{ price = "0.0333" }]\nsheet = [{ price = "0.01" }]\n'
)


def test_lines_come_back_to_the_last_digit() -> None:
    usage = count(document(*[page()] * 7), ticket(sides="two-sided-long-edge")).usage
    price = price_usage(usage, [TARIFF], Place(), datetime(2027, 3, 1, 12, tzinfo=UTC), frozenset())
    assert len(price.lines) > 4
    assert lines_of(lines_json(price)) == price.lines


numerals = st.decimals(allow_nan=False, allow_infinity=False, places=6)


@given(st.lists(st.builds(PriceLine, st.text(), numerals, numerals, numerals, st.text())))
def test_any_lines(lines: list[PriceLine]) -> None:
    price = Price(0, unit_of("EUR"), tuple(lines))
    assert lines_of(lines_json(price)) == price.lines
    assert all(isinstance(line.amount, Decimal) for line in lines_of(lines_json(price)))
