"""What the administrator chose for the whole ledger: the default overdraft of each unit."""

from __future__ import annotations

from plantin.ledger.errors import InvalidRequest
from plantin.ledger.limits import AMOUNT_MAX
from plantin.ledger.money import format_amount, unit_of
from plantin.store import sql
from plantin.store.commands.config import now_ms
from plantin.store.commands.events import EventRow, record

_PREFIX = "overdraft:"
_UNIT_CHARS_MAX = 100
"""A setting's name has 127 characters."""


def default_overdrafts() -> dict[str, int]:
    """The default overdraft of each unit that has one, in minor units."""
    found = sql.select(
        "SELECT name, value FROM store_setting WHERE name >= %s AND name < %s",
        [_PREFIX, _PREFIX[:-1] + ";"],
        lambda row: (str(row[0]), int(row[1])),
    )
    return {name.removeprefix(_PREFIX): value for name, value in found}


def set_default_overdraft(unit: str, minor: int, *, actor: str = "") -> None:
    """How far accounts in `unit` may go below zero that say nothing of their own (allowances: never).

    Raises:
        InvalidRequest: no unit, or no overdraft.
    """
    known = unit_of(unit)
    if len(unit) > _UNIT_CHARS_MAX or not 0 <= minor <= AMOUNT_MAX:
        raise InvalidRequest(f"default overdraft of {unit[:40]}: 0 to {AMOUNT_MAX} minor units")
    sql.execute("DELETE FROM store_setting WHERE name = %s", [_PREFIX + unit])
    sql.insert("store_setting", ["name", "value"], [(_PREFIX + unit, str(minor))])
    text = f"default overdraft: {format_amount(minor, known)}"
    record([EventRow(now_ms(), "account-changed", actor=actor, text=text)])
