"""Names that every client tool can address."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from plantin.core.errors import Refusal
from plantin.core.names import NAME_OCTETS_MAX, check_name


@pytest.mark.parametrize("name", ["secure", "Etage-3_links", "Köln", "印刷", "a.b", "x" * 127, "a@b", "1"])
def test_good_names(name: str) -> None:
    assert check_name("queue", name) == name


@pytest.mark.parametrize(
    ("name", "says"),
    [
        ("", "needs a name"),
        ("two words", "' '"),
        ("a/b", "'/'"),
        ("a#b", "'#'"),
        ("a?b", "'?'"),
        ('a"b', "'\"'"),
        ("a'b", '"\'"'),
        ("a\\b", r"'\\'"),
        ("a<b", "'<'"),
        ("a>b", "'>'"),
        ("a%b", "'%'"),
        ("a\tb", r"'\t'"),
        ("a\0b", r"'\x00'"),
        ("a\x7fb", r"'\x7f'"),
        ("a\u2028b", r"'\u2028'"),
        ("a\ud800b", r"'\ud800'"),
        ("-v", "begin"),
        (".hidden", "begin"),
        ("..", "begin"),
    ],
)
def test_bad_names_and_what_is_said(name: str, says: str) -> None:
    with pytest.raises(Refusal) as caught:
        check_name("device", name)
    assert caught.value.reason == "bad-name"
    assert caught.value.status == "client-error-bad-request"
    assert "device" in caught.value.text and says in caught.value.text


@pytest.mark.parametrize("name", ["x" * NAME_OCTETS_MAX, "ü" * (NAME_OCTETS_MAX // 2) + "x"])
def test_the_length_is_in_octets(name: str) -> None:
    assert check_name("queue", name) == name
    with pytest.raises(Refusal, match="128 octets; 127 is the most"):
        check_name("queue", name + "x")


@given(st.text(max_size=200))
def test_any_text_is_taken_or_refused(text: str) -> None:
    try:
        assert check_name("site", text) is text
    except Refusal as refusal:
        assert refusal.text
    else:
        assert text.isprintable() and " " not in text and len(text.encode()) <= NAME_OCTETS_MAX
