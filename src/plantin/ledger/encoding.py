"""The canonical byte encoding of transactions and the hash chain over it. Version 1, frozen.

Promises one encoding for one value and one value for one encoding (tagged, length-prefixed, big-endian), so
that a digest stands for exactly one content. Never changes: a new field needs a new version byte, and the
old one stays readable. The bytes are pinned by tests (`tests/ledger/test_encoding.py`).

Value    = "N" | "T" | "F" | "I" length8 two's-complement | "S" length32 UTF-8 | "B" length32 bytes
         | "D" int64 microseconds since 1970 UTC | "L" count32 Value*
Chained  = version byte 0x01, then "L" of the fields in `transaction_fields`' order
Digest   = SHA-256(previous digest, then Chained); the first previous digest is that of the book's id.
"""

from __future__ import annotations

import hashlib
from dataclasses import replace
from datetime import UTC, datetime, timedelta

from .errors import InvalidRequest
from .limits import ENCODING_DEPTH_MAX
from .transactions import Draft, Kind, Layer, Posting, Transaction

VERSION = 1
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)
_KINDS = frozenset(kind.value for kind in Kind)
_LAYERS = frozenset(layer.value for layer in Layer)

Value = None | bool | int | str | bytes | datetime | tuple["Value", ...]


def encode(value: Value, depth: int = 0) -> bytes:
    """The canonical bytes of a value; raises `InvalidRequest` when it nests too deep or a time is naive."""
    if depth > ENCODING_DEPTH_MAX:
        raise InvalidRequest(f"values nest deeper than {ENCODING_DEPTH_MAX}")
    # The frequent types first: a store encodes every posting of every job.
    if isinstance(value, str):
        text = value.encode()
        return b"S" + len(text).to_bytes(4, "big") + text
    if value is None:
        return b"N"
    if isinstance(value, bool):
        return b"T" if value else b"F"
    if isinstance(value, int):
        length = (value.bit_length() + 8) // 8
        if length > 255:
            raise InvalidRequest("an integer is too large to encode")
        return b"I" + length.to_bytes(1, "big") + value.to_bytes(length, "big", signed=True)
    if isinstance(value, tuple):
        items = [encode(item, depth + 1) for item in value]
        return b"L" + len(items).to_bytes(4, "big") + b"".join(items)
    if isinstance(value, bytes):
        return b"B" + len(value).to_bytes(4, "big") + value
    if value.tzinfo is None:
        raise InvalidRequest("a time without a zone")
    return b"D" + ((value - _EPOCH) // _MICROSECOND).to_bytes(8, "big", signed=True)


def decode(data: bytes) -> Value:
    """The value of canonical bytes; raises `InvalidRequest` for anything that `encode` does not produce."""
    try:
        value, end = _decode(data, 0, 0)
    except (IndexError, ValueError, OverflowError) as error:
        raise InvalidRequest(f"not a canonical encoding: {error}") from error
    if end != len(data) or encode(value) != data:
        raise InvalidRequest(f"not a canonical encoding: {len(data)} bytes, {end} read")
    return value


def _decode(data: bytes, at: int, depth: int) -> tuple[Value, int]:
    if depth > ENCODING_DEPTH_MAX:
        raise ValueError(f"deeper than {ENCODING_DEPTH_MAX}")
    tag, at = data[at : at + 1], at + 1
    match tag:
        case b"N":
            return None, at
        case b"T" | b"F":
            return tag == b"T", at
        case b"I":
            end = at + 1 + data[at]
            return int.from_bytes(_cut(data, at + 1, end), "big", signed=True), end
        case b"D":
            microseconds = int.from_bytes(_cut(data, at, at + 8), "big", signed=True)
            return _EPOCH + microseconds * _MICROSECOND, at + 8
        case b"S" | b"B" | b"L":
            length, at = int.from_bytes(_cut(data, at, at + 4), "big"), at + 4
            if tag == b"L":
                return _decode_list(data, at, length, depth)
            body = _cut(data, at, at + length)
            return (body.decode() if tag == b"S" else body), at + length
    raise ValueError(f"tag {tag!r} at {at - 1}")


def _decode_list(data: bytes, at: int, count: int, depth: int) -> tuple[Value, int]:
    if count > len(data) - at:
        raise ValueError(f"a list of {count} values at {at} in {len(data)} bytes")
    items = []
    for _ in range(count):
        item, at = _decode(data, at, depth + 1)
        items.append(item)
    return tuple(items), at


def _cut(data: bytes, start: int, end: int) -> bytes:
    if end > len(data):
        raise ValueError(f"ends at {len(data)}, {end} expected")
    return data[start:end]


def transaction_fields(transaction: Transaction) -> Value:
    """The fields that are chained, in their frozen order."""
    return (
        transaction.number,
        transaction.kind.value,
        transaction.at,
        transaction.key,
        transaction.input_digest,
        transaction.refers_to,
        transaction.job,
        transaction.actor,
        transaction.memo,
        transaction.expires_at,
        tuple((p.account, p.unit, p.amount, p.layer.value, p.share) for p in transaction.postings),
    )


def encode_transaction(transaction: Transaction) -> bytes:
    """The version byte and the canonical bytes of a transaction, its digests left out."""
    return bytes([VERSION]) + encode(transaction_fields(transaction))


def decode_transaction(data: bytes) -> Transaction:
    """The transaction of these bytes, without digests; raises `InvalidRequest`."""
    if data[:1] != bytes([VERSION]):
        raise InvalidRequest(f"encoding version {data[:1].hex() or 'missing'}; {VERSION} is known")
    match decode(data[1:]):
        case (
            int(number),
            str(kind),
            datetime() as at,
            str(key),
            bytes(digest),
            None | int() as refers_to,
            str(job),
            str(actor),
            str(memo),
            None | datetime() as expires_at,
            tuple(rows),
        ) if kind in _KINDS:
            postings = tuple(_posting(row) for row in rows)
            return Transaction(
                number, Kind(kind), at, key, digest, postings, refers_to, job, actor, memo, expires_at
            )
    raise InvalidRequest("not an encoded transaction")


def _posting(row: Value) -> Posting:
    match row:
        case (str(account), str(unit), int(amount), int(layer), int(share)) if layer in _LAYERS:
            return Posting(account, unit, amount, Layer(layer), share)
    raise InvalidRequest("not an encoded posting")


def digest_of(previous: bytes, transaction: Transaction) -> bytes:
    """The chained digest of a transaction after `previous`."""
    return hashlib.sha256(previous + encode_transaction(transaction)).digest()


def genesis(book_id: str) -> bytes:
    """The digest that the first transaction of a book is chained to."""
    return hashlib.sha256(bytes([VERSION]) + encode(("plantin ledger", book_id))).digest()


def seal(
    draft: Draft,
    number: int,
    previous: bytes,
    at: datetime,
    key: str,
    input_digest: bytes,
    job: str,
    actor: str,
    memo: str,
) -> Transaction:
    """The draft as transaction `number` of the chain that ends with the digest `previous`."""
    expires_at = None if draft.expires_at is None else draft.expires_at.astimezone(UTC)
    transaction = Transaction(
        number=number,
        kind=draft.kind,
        at=at.astimezone(UTC),
        key=key,
        input_digest=input_digest,
        postings=draft.postings,
        refers_to=draft.refers_to,
        job=job,
        actor=actor,
        memo=memo,
        expires_at=expires_at,
        previous_digest=previous,
    )
    return replace(transaction, digest=digest_of(previous, transaction))
