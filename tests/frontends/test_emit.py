"""The prepared encoders give the codec's octets."""

from __future__ import annotations

from datetime import UTC, datetime

from plantin.frontends.ipp import emit
from plantin.ipp import Tag, encode_attribute
from plantin.ipp import attributes as a


def test_each_encoder_is_the_codec() -> None:
    assert emit.string(Tag.TEXT, "t")("Grüße") == encode_attribute(a.text("t", "Grüße"))
    assert emit.strings(Tag.KEYWORD, "k")(["a", "b"]) == encode_attribute(a.keyword("k", "a", "b"))
    assert emit.strings(Tag.KEYWORD, "k")([]) == encode_attribute(a.no_value("k"))
    assert emit.integer("i")(-5) == encode_attribute(a.integer("i", -5))
    assert emit.integer("e", Tag.ENUM)(5) == encode_attribute(a.enum("e", 5))
    assert emit.integers("i")([1, 2, 3]) == encode_attribute(a.integer("i", 1, 2, 3))
    assert emit.integers("i")([]) == encode_attribute(a.no_value("i"))
    assert emit.boolean("b")(True) == encode_attribute(a.boolean("b", True))
    assert emit.boolean("b")(False) == encode_attribute(a.boolean("b", False))
    assert emit.no_value("n") == encode_attribute(a.no_value("n"))
    assert emit.no_value("n", Tag.UNKNOWN) == encode_attribute(a.unknown("n"))
    moment = datetime(2026, 11, 23, 1, 2, 3, tzinfo=UTC)
    at_ms = round(moment.timestamp() * 1000) + 789
    assert emit.date_time("d")(at_ms) == encode_attribute(a.datetime_("d", moment))


def test_text_that_is_no_unicode_is_repaired() -> None:
    assert b"?" in emit.string(Tag.NAME, "n")("half a \ud83d pair")
