"""Voucher batches: made, listed, withdrawn, redeemed.

Promises that a code is given out once, by `create`, and kept only as its digest; that a voucher is used once
by whoever comes first, because its digest is the key of its transfer; and that what was used is told by the
journal alone, so that the two can never disagree.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from plantin.ledger.errors import InvalidRequest, KeyConflict, VoucherRefused
from plantin.ledger.limits import ID_CHARS_MAX
from plantin.ledger.money import format_amount, unit_of
from plantin.ledger.transactions import Transaction
from plantin.ledger.vouchers import Voucher, code_digest, make_batch
from plantin.ledger.vouchers import redeem as redeem_voucher
from plantin.store import sql
from plantin.store.commands.config import now_ms
from plantin.store.commands.events import EventRow, record
from plantin.store.ledger.book import DatabaseBook
from plantin.store.ledger.people import ensure_house

_JOINED = (
    "FROM store_voucher v JOIN store_voucherbatch b ON b.name = v.batch_id "
    "LEFT JOIN store_ledgertransaction t ON t.key = 'voucher:' || v.digest"
)


@dataclass(frozen=True, slots=True)
class Batch:
    """One batch with how many of its vouchers were used and withdrawn."""

    name: str
    unit: str
    value: int
    count: int
    expires_on: date | None
    created_at: int
    created_by: str
    used: int
    withdrawn: int


@dataclass(frozen=True, slots=True)
class VoucherLine:
    """One voucher of a batch and its use: the number of the transfer (0: not used), and when."""

    voucher: Voucher
    transaction: int
    used_at_us: int


def create(
    book: DatabaseBook,
    name: str,
    count: int,
    value: int,
    unit: str,
    *,
    expires_on: date | None = None,
    actor: str = "",
    randbits: Callable[[int], int] = secrets.randbits,
) -> list[tuple[str, Voucher]]:
    """Makes a batch of vouchers of `value` minor units and gives their codes, which nobody can read again.

    Raises:
        InvalidRequest: the name is taken or no name, or the numbers make no sense.
    """
    unit_of(unit)
    if not 0 < len(name) <= ID_CHARS_MAX or not name.isprintable() or "/" in name:
        raise InvalidRequest(f"a batch's name has 1 to {ID_CHARS_MAX} printable characters and no slash")
    if sql.select("SELECT 1 FROM store_voucherbatch WHERE name = %s", [name], bool):
        raise InvalidRequest(f"there is a batch {name} already")
    made = make_batch(name, count, value, unit, randbits, expires_on)
    ensure_house(book, unit)
    now = now_ms()
    columns = ("name", "unit", "value", "count", "expires_on", "created_at", "created_by")
    day = None if expires_on is None else expires_on.isoformat()
    sql.insert("store_voucherbatch", columns, [(name, unit, value, count, day, now, actor)])
    sql.insert(
        "store_voucher",
        ("digest", "batch_id", "serial", "withdrawn"),
        [(one.digest, name, one.serial, False) for _, one in made],
    )
    text = f"{name}: {count} vouchers of {format_amount(value, unit_of(unit))}"
    record([EventRow(now, "voucher-added", actor=actor, text=text)])
    return made


def redeem(
    book: DatabaseBook, code: str, target: str, *, today: date, at: datetime, actor: str = ""
) -> Transaction:
    """Tops `target` up with the voucher's value. The same again on the same account is the same transfer.

    Raises:
        VoucherRefused: mistyped, unknown, expired, withdrawn, or used on another account.
        LedgerError: the account does not take it.
    """
    digest = code_digest(code)
    found = sql.select(
        "SELECT v.batch_id, v.serial, b.unit, b.value, v.digest, b.expires_on, v.withdrawn "
        "FROM store_voucher v JOIN store_voucherbatch b ON b.name = v.batch_id WHERE v.digest = %s",
        [digest],
        _voucher,
    )
    if not found:
        raise VoucherRefused("there is no such voucher")
    (voucher,) = found
    house = ensure_house(book, voucher.unit)
    try:
        return book.apply(redeem_voucher(voucher, target, house.cash or house.grant, today, actor), at)
    except KeyConflict:
        raise VoucherRefused(f"voucher {voucher.batch}/{voucher.serial} was used already") from None


def withdraw(name: str, serials: Sequence[int] | None = None, *, actor: str = "") -> int:
    """Withdraws the unused vouchers of a batch, or those of them with these serial numbers; how many.

    Raises:
        InvalidRequest: no such batch.
    """
    batch(name)
    lines = [line for line in vouchers(name) if not line.transaction and not line.voucher.withdrawn]
    if serials is not None:
        lines = [line for line in lines if line.voucher.serial in set(serials)]
    digests = [line.voucher.digest for line in lines]
    for start in range(0, len(digests), 5000):
        part = digests[start : start + 5000]
        sql.execute(f"UPDATE store_voucher SET withdrawn = TRUE WHERE digest IN ({sql.marks(part)})", part)
    if digests:
        text = f"{name}: {len(digests)} vouchers withdrawn"
        record([EventRow(now_ms(), "voucher-withdrawn", actor=actor, text=text)])
    return len(digests)


def batches() -> list[Batch]:
    """All batches, the newest first."""
    return _batches("", [])


def batch(name: str) -> Batch:
    """The batch of this name.

    Raises:
        InvalidRequest: there is none.
    """
    found = _batches("WHERE b.name = %s", [sql.clean(name)])
    if not found:
        raise InvalidRequest(f"there is no batch {name[:60]!r} of vouchers")
    return found[0]


def _batches(where: str, values: list[str]) -> list[Batch]:
    return sql.select(
        "SELECT b.name, b.unit, b.value, b.count, b.expires_on, b.created_at, b.created_by, "
        f"COUNT(t.number), SUM(CASE WHEN v.withdrawn THEN 1 ELSE 0 END) {_JOINED} {where} "
        "GROUP BY b.name, b.unit, b.value, b.count, b.expires_on, b.created_at, b.created_by "
        "ORDER BY b.created_at DESC, b.name",
        values,
        lambda row: Batch(
            row[0], row[1], row[2], row[3], as_date(row[4]), row[5], row[6], row[7], int(row[8] or 0)
        ),
    )


def vouchers(name: str) -> list[VoucherLine]:
    """The vouchers of a batch by serial number."""
    return sql.select(
        "SELECT v.batch_id, v.serial, b.unit, b.value, v.digest, b.expires_on, v.withdrawn, "
        f"t.number, t.at_us {_JOINED} WHERE b.name = %s ORDER BY v.serial",
        [sql.clean(name)],
        lambda row: VoucherLine(_voucher(row), row[7] or 0, row[8] or 0),
    )


def _voucher(row: tuple[object, ...]) -> Voucher:
    batch_name, serial, unit, value, digest, expires_on, withdrawn = row[:7]
    assert isinstance(serial, int) and isinstance(value, int)
    return Voucher(
        str(batch_name), serial, str(unit), value, str(digest), as_date(expires_on), bool(withdrawn)
    )


def as_date(value: object) -> date | None:
    """A date as SQLite (text) and PostgreSQL (a date) give it."""
    if value is None or isinstance(value, date):
        return value
    return date.fromisoformat(str(value))
