"""Each limit at n and n + 1, in one piece and in single octets."""

from collections.abc import Callable
from dataclasses import fields

import pytest

from plantin.ipp import (
    DEFAULT_LIMITS,
    REQUEST_LIMITS,
    RESPONSE_LIMITS,
    Decoder,
    Limits,
    Message,
    ProtocolError,
    Status,
    decode,
)

from . import octets as o

LARGE = Status.CLIENT_ERROR_REQUEST_ENTITY_TOO_LARGE
LONG = Status.CLIENT_ERROR_REQUEST_VALUE_TOO_LONG


def message(body: bytes) -> bytes:
    return o.head("2.0", 2, 1) + b"\2" + body + b"\3"


def nested(depth: int) -> bytes:
    if depth == 1:
        return o.begin_collection("c") + o.END_COLLECTION
    inner = (o.token(0x4A, "", "m") + o.begin_collection("")) * (depth - 1)
    return o.begin_collection("c") + inner + o.END_COLLECTION * depth


def members(count: int) -> bytes:
    inside = b"".join(o.member(f"m{number}", 0x21, 1) for number in range(count))
    return o.begin_collection("c") + inside + o.END_COLLECTION


def a_set(tag: int, count: int) -> bytes:
    return b"".join(o.token(tag, "" if number else "n", bytes(4)) for number in range(count))


def header(octets: int) -> bytes:
    """A message of exactly so many octets."""
    empty = len(message(o.token(0x30, "octets", b"")))
    return message(o.token(0x30, "octets", bytes(octets - empty)))


def header_ending_with_groups(octets: int) -> bytes:
    return o.head("2.0", 2, 1) + b"\2" * (octets - 9) + b"\3"


CASES: dict[str, tuple[str, int, Callable[[int], bytes], Status]] = {
    "name": ("name_octets", 20, lambda n: message(o.integer("x" * n, 1)), LONG),
    "member name": (
        "name_octets",
        20,
        lambda n: message(o.begin_collection("c") + o.member("x" * n, 0x21, 1) + o.END_COLLECTION),
        LONG,
    ),
    "value": ("value_octets", 30, lambda n: message(o.text("t", "x" * n)), LONG),
    "header": ("header_octets", 100, header, LARGE),
    "header of groups": ("header_octets", 100, header_ending_with_groups, LARGE),
    "groups": ("groups", 5, lambda n: o.head("2.0", 2, 1) + b"\2" * n + b"\3", LARGE),
    "attributes": (
        "attributes",
        4,
        lambda n: message(b"".join(o.integer(f"a{i}", 1) for i in range(n))),
        LARGE,
    ),
    "attributes over groups": (
        "attributes",
        4,
        lambda n: message(b"\2".join(o.integer("copies", 1) for _ in range(n))),
        LARGE,
    ),
    "values": ("values", 4, lambda n: message(a_set(0x21, n)), LARGE),
    "values of several tags": (
        "values",
        4,
        lambda n: message(o.token(0x30, "n", b"") + o.token(0x21, "", 1) * (n - 1)),
        LARGE,
    ),
    "values of collections": (
        "values",
        4,
        lambda n: message(
            o.begin_collection("c") + o.END_COLLECTION + (o.begin_collection("") + o.END_COLLECTION) * (n - 1)
        ),
        LARGE,
    ),
    "one value": ("values", 1, lambda n: message(a_set(0x21, n)), LARGE),
    "members": ("members", 4, lambda n: message(members(n)), LARGE),
    "depth": ("depth", 3, lambda n: message(nested(n)), LARGE),
}


@pytest.mark.parametrize("size", [1, 10_000])
@pytest.mark.parametrize("case", CASES.values(), ids=CASES)
def test_at_the_limit_and_above(case: tuple[str, int, Callable[[int], bytes], Status], size: int) -> None:
    field, limit, build, status = case
    limits = Limits(**{field: limit})

    def read(data: bytes) -> Message:
        decoder = Decoder(limits)
        for start in range(0, len(data), size):
            decoder.feed(data[start : start + size])
        return decoder.finish()

    assert read(build(limit)).groups
    with pytest.raises(ProtocolError) as caught:
        read(build(limit + 1))
    assert caught.value.status == status
    assert str(limit) in caught.value.reason


def test_every_limit_has_a_case() -> None:
    assert {field for field, *_ in CASES.values()} == {field.name for field in fields(Limits)}


@pytest.mark.parametrize("octets", [32_767, 32_768, 65_535])
def test_the_value_length_of_the_standard(octets: int) -> None:
    data = message(o.token(0x30, "octets", bytes(octets)))
    if octets <= 32_767:
        assert decode(data)[0].groups[0].first("octets") == bytes(octets)
    else:
        with pytest.raises(ProtocolError, match=f"value of {octets} octets"):
            decode(data)


def test_a_length_that_breaks_a_limit_is_refused_before_the_octets_come() -> None:
    decoder = Decoder()
    with pytest.raises(ProtocolError):
        decoder.feed(o.head("2.0", 2, 1) + b"\2\x30\x00\x01n\xff\xff")
    decoder = Decoder(Limits(header_octets=1000))
    with pytest.raises(ProtocolError):
        decoder.feed(o.head("2.0", 2, 1) + b"\2\x30\x00\x01n\x7f\xff")


def test_servers_take_less_than_clients() -> None:
    assert REQUEST_LIMITS.attributes < DEFAULT_LIMITS.attributes
    assert RESPONSE_LIMITS.header_octets > DEFAULT_LIMITS.header_octets
