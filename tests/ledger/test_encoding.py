"""The canonical encoding is frozen: these bytes never change, whatever the code becomes."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from plantin.ledger.encoding import (
    Value,
    decode,
    decode_transaction,
    digest_of,
    encode,
    encode_transaction,
    genesis,
    seal,
)
from plantin.ledger.errors import InvalidRequest
from plantin.ledger.limits import ENCODING_DEPTH_MAX
from plantin.ledger.requests import (
    Adjust,
    Allocate,
    Charge,
    ChargeNow,
    Expire,
    Post,
    Refund,
    Request,
    Reserve,
    Reverse,
    Share,
    Transfer,
    Void,
)
from plantin.ledger.transactions import Draft, Kind, Layer, Posting

AT = datetime(2027, 3, 1, 12, 30, 45, 123456, tzinfo=UTC)


@pytest.mark.parametrize(
    ("value", "golden"),
    [
        (None, "4e"),
        (True, "54"),
        (False, "46"),
        (0, "490100"),
        (1, "490101"),
        (-1, "4901ff"),
        (127, "49017f"),
        (128, "49020080"),
        (-128, "4902ff80"),
        (10**15, "4907038d7ea4c68000"),
        ("", "5300000000"),
        ("é🖨", "5300000006c3a9f09f96a8"),
        (b"\x00\xff", "420000000200ff"),
        (datetime(1970, 1, 1, tzinfo=UTC), "440000000000000000"),
        (AT, "44000668a42fbd4980"),
        (datetime(1969, 12, 31, 23, 59, 59, 999999, tzinfo=UTC), "44ffffffffffffffff"),
        ((), "4c00000000"),
        ((None, (1, "a")), "4c000000024e4c00000002490101530000000161"),
    ],
)
def test_golden_values(value: Value, golden: str) -> None:
    assert encode(value).hex() == golden
    assert decode(bytes.fromhex(golden)) == value


def test_a_moment_has_one_encoding_in_all_zones() -> None:
    assert encode(AT.astimezone(timezone(timedelta(hours=-7)))) == encode(AT)


RESERVED = seal(
    Draft(
        Kind.RESERVE,
        (
            Posting("alice:free", "EUR", -5, Layer.RESERVED),
            Posting("bob", "EUR", -7, Layer.RESERVED, 1),
            Posting("revenue", "EUR", 12, Layer.RESERVED),
        ),
        expires_at=AT + timedelta(hours=1),
    ),
    1,
    genesis("main"),
    AT,
    "job:5f0c:reserve",
    bytes(range(32)),
    job="5f0c",
    actor="alice",
    memo="thèse.pdf",
)
VOIDED = seal(
    Draft(Kind.VOID, tuple(posting.opposite() for posting in RESERVED.postings), refers_to=1),
    2,
    RESERVED.digest,
    AT + timedelta(seconds=1),
    "job:5f0c:void",
    bytes(32),
    job="5f0c",
    actor="",
    memo="",
)


GENESIS = "2fcaeb68d025c38f6b0bf7cc9e2e5662e14dde30518a58d6259e0a3d92beab2b"
GOLDEN_RESERVED = (
    "014c0000000b49010153000000077265736572766544000668a42fbd498053000000106a6f623a356630633a72657365"
    "7276654200000020000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f4e53000000043566"
    "30635300000005616c696365530000000a7468c3a873652e70646644000668a50650ed804c000000034c000000055300"
    "00000a616c6963653a6672656553000000034555524901fb4901014901004c000000055300000003626f625300000003"
    "4555524901f94901014901014c000000055300000007726576656e7565530000000345555249010c490101490100"
)
DIGEST_RESERVED = "307d7b9b66533b11af559464c4dac5d62573276d56245edb69540f64a7f3110c"
GOLDEN_VOIDED = (
    "014c0000000b4901025300000004766f696444000668a42fcc8bc0530000000d6a6f623a356630633a766f6964420000"
    "002000000000000000000000000000000000000000000000000000000000000000004901015300000004356630635300"
    "00000053000000004e4c000000034c00000005530000000a616c6963653a667265655300000003455552490105490101"
    "4901004c000000055300000003626f6253000000034555524901074901014901014c000000055300000007726576656e"
    "756553000000034555524901f4490101490100"
)
DIGEST_VOIDED = "844c80c764eb936e024e5d5464318f1a5cb44e910ded7aa767ee15752a626135"


def test_golden_chain() -> None:
    assert genesis("main").hex() == GENESIS
    assert encode_transaction(RESERVED).hex() == GOLDEN_RESERVED
    assert RESERVED.digest.hex() == DIGEST_RESERVED
    assert encode_transaction(VOIDED).hex() == GOLDEN_VOIDED
    assert VOIDED.digest.hex() == DIGEST_VOIDED


def test_transactions_survive_encoding() -> None:
    for transaction in (RESERVED, VOIDED):
        plain = replace(transaction, previous_digest=b"", digest=b"")
        assert decode_transaction(encode_transaction(transaction)) == plain


CHARGE = Charge("EUR", 12, (Share(("alice:free", "alice"), 60), Share(("bob",), 40)), "revenue", "grants")
REQUESTS: list[Request] = [
    Reserve(key="k", job="j", charges=(CHARGE,), expires_at=AT),
    Post(key="k", job="j", reservation=1, charges=(CHARGE,)),
    Void(key="k", job="j", reservation=1),
    Expire(key="k", job="j", reservation=1),
    ChargeNow(key="k", charges=(CHARGE,), printed=True),
    Transfer(key="k", source="cash", target="alice", unit="EUR", amount=5),
    Allocate(key="k", source="grants", target="alice", unit="EUR", amount=5, cap=9),
    Adjust(key="k", source="grants", target="alice", unit="EUR", balance=-5),
    Refund(key="k", transaction=7, unit="EUR", amount=5),
    Reverse(key="k", transaction=7, beyond_limit=True),
]


INPUT_DIGESTS = [
    "f38a203b20832336",
    "a3d33988b00efa1c",
    "cb5b47ec806d2bd7",
    "e78c7f9081afa025",
    "56e3d8a771071109",
    "dd8cc784e9e25a34",
    "68c3506e23cf8498",
    "cc29066095a72f1a",
    "950cefd07dafb989",
    "77c8937a409c73be",
]


def test_golden_input_digests() -> None:
    assert [request.input_digest().hex()[:16] for request in REQUESTS] == INPUT_DIGESTS
    assert len({request.input_digest() for request in REQUESTS}) == len(REQUESTS)


def test_a_digest_depends_on_every_field_and_on_the_chain() -> None:
    changes: list[dict[str, object]] = [
        {"number": 2},
        {"kind": Kind.POST},
        {"at": AT + timedelta(microseconds=1)},
        {"key": "job:5f0c:reserve2"},
        {"input_digest": bytes(32)},
        {"refers_to": 1},
        {"job": "5f0d"},
        {"actor": "alicf"},
        {"memo": ""},
        {"expires_at": None},
        {"postings": RESERVED.postings[::-1]},
        {"postings": (replace(RESERVED.postings[0], layer=Layer.BOOKED), *RESERVED.postings[1:])},
        {"postings": (replace(RESERVED.postings[0], share=1), *RESERVED.postings[1:])},
    ]
    digests = {digest_of(genesis("main"), replace(RESERVED, **change)) for change in changes}  # type: ignore[arg-type]
    digests |= {RESERVED.digest, digest_of(genesis("other"), RESERVED)}
    assert len(digests) == len(changes) + 2


values: st.SearchStrategy[Value] = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**80), 2**80)
    | st.text()
    | st.binary()
    | st.datetimes(timezones=st.just(UTC)),
    lambda inner: st.lists(inner, max_size=4).map(tuple),
    max_leaves=12,
)


@given(values)
def test_values_survive_encoding(value: Value) -> None:
    data = encode(value)
    assert decode(data) == value
    assert encode(decode(data)) == data


@given(
    st.binary(max_size=40) | st.lists(st.sampled_from(b"NTFISBDL\x00\x01\x02\xff"), max_size=20).map(bytes)
)
def test_garbage_is_a_value_or_an_error(data: bytes) -> None:
    for read in (decode, decode_transaction):
        try:
            read(data)
        except InvalidRequest:
            pass


def nested(depth: int) -> Value:
    value: Value = ()
    for _ in range(depth):
        value = (value,)
    return value


def test_nesting_is_bounded() -> None:
    data = encode(nested(ENCODING_DEPTH_MAX))
    assert decode(data) == nested(ENCODING_DEPTH_MAX)
    with pytest.raises(InvalidRequest, match="nest deeper"):
        encode(nested(ENCODING_DEPTH_MAX + 1))
    with pytest.raises(InvalidRequest, match="deeper than"):
        decode(b"L\x00\x00\x00\x01" * (ENCODING_DEPTH_MAX + 1) + b"N")


@pytest.mark.parametrize(
    "data",
    [
        "",
        "58",
        "4902007f",
        "49",
        "490",
        "5300000002ff",
        "5300000001ff",
        "44",
        "4cffffffff",
        "4e4e",
        "4c00000002",
    ],
)
def test_what_encode_does_not_make_is_refused(data: str) -> None:
    with pytest.raises(InvalidRequest, match="not a canonical encoding"):
        decode(bytes.fromhex(data.ljust(len(data) + len(data) % 2, "0")))


def test_what_cannot_be_encoded_is_refused() -> None:
    with pytest.raises(InvalidRequest, match="without a zone"):
        encode(AT.replace(tzinfo=None))
    with pytest.raises(InvalidRequest, match="too large"):
        encode(1 << 2040)
    encode((1 << 2039) - 1)


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"", "version missing"),
        (b"\x02N", "version 02"),
        (b"\x01N", "not an encoded transaction"),
        (
            b"\x01" + encode((1, "steal", AT, "k", b"", None, "", "", "", None, ())),
            "not an encoded transaction",
        ),
        (b"\x01" + encode((1, "void", AT, "k", b"", None, "", "", "", None, (1,))), "not an encoded posting"),
        (
            b"\x01" + encode((1, "void", AT, "k", b"", None, "", "", "", None, (("a", "EUR", 1, 2, 0),))),
            "not an encoded posting",
        ),
    ],
)
def test_what_is_no_transaction_is_refused(data: bytes, reason: str) -> None:
    with pytest.raises(InvalidRequest, match=reason):
        decode_transaction(data)
