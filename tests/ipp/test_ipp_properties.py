"""Properties: round trip; garbage is a message or a protocol error; pieces of any size give the same."""

from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from plantin.ipp import (
    Attribute,
    Collection,
    DateTime,
    Group,
    LangStr,
    Message,
    Range,
    Resolution,
    Tag,
    decode,
    encode,
)
from tests.fuzz.ipp_invariants import MODES, check_octets, outcome

from .samples import SAMPLES

INTEGERS = st.integers(-(2**31), 2**31 - 1)
STRINGS = st.text(max_size=40)
NAMES = st.one_of(
    st.sampled_from(["copies", "media-col", "x-dimension", "requested-attributes"]),
    st.text(alphabet="abcxyz-._09AZ", min_size=1, max_size=30),
)
SIMPLE: list[tuple[int, st.SearchStrategy[Any]]] = [
    (Tag.INTEGER, INTEGERS),
    (Tag.ENUM, INTEGERS),
    (Tag.BOOLEAN, st.booleans()),
    (Tag.OCTET_STRING, st.binary(max_size=40)),
    (Tag.DATE_TIME, st.binary(min_size=11, max_size=11).map(DateTime)),
    (Tag.RESOLUTION, st.builds(Resolution, INTEGERS, INTEGERS, st.integers(-128, 127))),
    (Tag.RANGE, st.builds(Range, INTEGERS, INTEGERS)),
    (Tag.TEXT_WITH_LANGUAGE, st.builds(LangStr, STRINGS, STRINGS)),
    (Tag.NAME_WITH_LANGUAGE, st.builds(LangStr, STRINGS, STRINGS)),
    *((tag, STRINGS) for tag in (Tag.TEXT, Tag.NAME, Tag.KEYWORD, Tag.URI, Tag.URI_SCHEME)),
    *((tag, STRINGS) for tag in (Tag.CHARSET, Tag.NATURAL_LANGUAGE, Tag.MIME_MEDIA_TYPE)),
    (Tag.EXTENSION, st.binary(min_size=4, max_size=40)),
    (0x2F, st.binary(max_size=40)),
    (0xFF, st.binary(max_size=40)),
]


def collections(depth: int) -> st.SearchStrategy[Collection]:
    return st.lists(attribute(depth - 1), max_size=4).map(lambda members: Collection(tuple(members)))


def tagged_values(depth: int) -> st.SearchStrategy[tuple[int, Any]]:
    kinds = [st.tuples(st.just(tag), values) for tag, values in SIMPLE]
    if depth:
        kinds.append(st.tuples(st.just(Tag.BEGIN_COLLECTION), collections(depth)))
    return st.one_of(kinds)


def mixed_or_not(name: str, pairs: list[tuple[int, Any]]) -> Attribute:
    tags = tuple(tag for tag, _ in pairs)
    values = tuple(value for _, value in pairs)
    return Attribute(name, tags[0], values, None if len(set(tags)) == 1 else tags)


def attribute(depth: int) -> st.SearchStrategy[Attribute]:
    out_of_band = st.tuples(NAMES, st.integers(0x10, 0x1F)).map(lambda pair: Attribute(*pair))
    return st.one_of(
        st.builds(mixed_or_not, NAMES, st.lists(tagged_values(depth), min_size=1, max_size=4)),
        st.builds(lambda name, pair: mixed_or_not(name, [pair] * 3), NAMES, tagged_values(depth)),
        out_of_band,
    )


GROUPS = st.builds(Group, st.integers(1, 15).filter(lambda tag: tag != 3), st.lists(attribute(2), max_size=5))
MESSAGES = st.builds(
    Message,
    st.tuples(st.integers(0, 255), st.integers(0, 255)),
    st.integers(0, 0xFFFF),
    INTEGERS,
    st.lists(GROUPS, max_size=4),
)

SLOW = settings(suppress_health_check=[HealthCheck.too_slow], deadline=None)


@SLOW
@given(MESSAGES, st.binary(max_size=20))
def test_round_trip(message: Message, document: bytes) -> None:
    octets = encode(message)
    assert decode(octets + document) == (message, document)
    assert encode(decode(octets)[0]) == octets


@SLOW
@given(MESSAGES, st.data())
def test_pieces_of_any_size(message: Message, data: st.DataObject) -> None:
    octets = encode(message) + b"document"
    cuts = data.draw(st.lists(st.integers(0, len(octets)), max_size=6).map(sorted))
    limits, quirks = data.draw(st.sampled_from(MODES))
    end = len(octets)
    whole = outcome(octets, [0, end], limits, quirks)
    assert outcome(octets, [0, *cuts, end], limits, quirks) == whole
    assert outcome(octets, list(range(end + 1)), limits, quirks) == whole


@SLOW
@given(st.binary(max_size=300))
def test_garbage(data: bytes) -> None:
    check_octets(data)


@SLOW
@given(st.binary(max_size=100), st.integers(0, 255), st.integers(0, 255))
def test_garbage_behind_a_good_head(data: bytes, mode: int, tag: int) -> None:
    check_octets(bytes((2, 0, 0, 2, 0, 0, tag & 0x7F, mode, 1)) + data)


@SLOW
@given(
    st.sampled_from([sample.octets for sample in SAMPLES.values()]),
    st.lists(st.tuples(st.floats(0, 1, exclude_max=True), st.integers(0, 255)), min_size=1, max_size=4),
    st.booleans(),
)
def test_damaged_requests(octets: bytes, damage: list[tuple[float, int]], shorten: bool) -> None:
    damaged = bytearray(octets)
    for where, octet in damage:
        position = int(where * len(damaged))
        if shorten and len(damaged) > 1:
            del damaged[position]
        else:
            damaged[position] = octet
    check_octets(bytes(damaged))
