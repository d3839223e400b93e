"""Strings of strangers made fit."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from plantin.ipp.text import sanitise, sanitise_name, sanitise_text, truncate


@pytest.mark.parametrize(
    ("text", "octets", "expected"),
    [
        ("abc", 3, "abc"),
        ("abcd", 3, "abc"),
        ("äöü", 6, "äöü"),
        ("äöü", 5, "äö"),
        ("a📷", 5, "a📷"),
        ("a📷", 4, "a"),
        ("abc", 0, ""),
        ("a\ud800b", 5, "a?b"),
    ],
)
def test_truncate(text: str, octets: int, expected: str) -> None:
    assert truncate(text, octets) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("  plain ", "plain"),
        ("a\0b\x1b%-12345X", "a b %-12345X"),
        ("one\r\ntwo", "one two"),
        ("a\u202eb\u2028c\x85d", "a b c d"),
        ("a\ud800b", "a b"),
        ("\x7f\n", ""),
    ],
)
def test_names_lose_control_characters(text: str, expected: str) -> None:
    assert sanitise_name(text) == expected


def test_texts_keep_their_lines() -> None:
    assert sanitise_text("one\n\ttwo\r\n\x1bthree") == "one\n\ttwo\r\n three"


def test_no_blank_is_left_where_it_was_cut() -> None:
    assert sanitise("abc def", 4) == "abc"


@given(st.text(alphabet=st.characters(exclude_categories=())), st.integers(0, 300))
def test_fit_for_everything(text: str, octets: int) -> None:
    fit = sanitise(text, octets)
    assert len(fit.encode()) <= octets
    assert all(character.isprintable() or ord(character) >= 0x80 for character in fit)
    assert sanitise(fit, octets) == fit
