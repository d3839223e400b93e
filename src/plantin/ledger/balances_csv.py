"""Balances in and out as CSV (RFC 4180): `account,balance`, exact decimals.

Promises that an export can be imported again and then changes nothing, that an import names the line of
every error and is all or nothing before the ledger is asked, and that a cell never starts a formula in a
spreadsheet. Importing the same file twice has one effect: the keys are made of the file's digest.
"""

from __future__ import annotations

import csv
import hashlib
import io
from collections.abc import Iterable

from .errors import ImportRefused, InvalidRequest
from .limits import CSV_ROWS_MAX, ID_CHARS_MAX
from .money import Unit, parse_amount, to_decimal
from .requests import Adjust

_HEADER = ["account", "balance"]


def export_balances(balances: Iterable[tuple[str, int]], unit: Unit) -> str:
    """The text of the file for accounts and their balances in minor units."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow(_HEADER)
    for account, minor in balances:
        # A spreadsheet takes a cell that begins so for a formula; the quote is taken off again on import.
        safe = f"'{account}" if account[:1] in "=+-@'\t\r" else account
        writer.writerow([safe, f"{to_decimal(minor, unit):.{unit.digits}f}"])
    return out.getvalue()


def import_balances(text: str, unit: Unit, source: str, actor: str = "") -> list[Adjust]:
    """The requests that bring every account of the file to its balance, against the grant account `source`.

    Raises `ImportRefused` naming the line.
    """
    digest = hashlib.sha256(text.encode(errors="surrogatepass")).hexdigest()[:32]
    rows = csv.reader(io.StringIO(text.removeprefix("\ufeff")), strict=True)
    requests: list[Adjust] = []
    seen: set[str] = set()
    try:
        if next(rows, []) != _HEADER:
            raise ImportRefused(f"line 1: the header is {','.join(_HEADER)}")
        for row in rows:
            if not row:
                continue
            if len(requests) >= CSV_ROWS_MAX:
                raise ImportRefused(f"line {rows.line_num}: more than {CSV_ROWS_MAX} rows")
            account, balance = _read(row, unit, rows.line_num)
            if account in seen:
                raise ImportRefused(f"line {rows.line_num}: account {account} again")
            seen.add(account)
            key = f"import:{digest}:{len(requests) + 1}"
            requests.append(
                Adjust(
                    key=key,
                    source=source,
                    target=account,
                    unit=unit.code,
                    balance=balance,
                    actor=actor,
                    memo="import",
                )
            )
    except csv.Error as error:
        raise ImportRefused(f"line {rows.line_num}: {error}") from error
    return requests


def _read(row: list[str], unit: Unit, line: int) -> tuple[str, int]:
    if len(row) != 2 or not row[0] or len(row[0]) > ID_CHARS_MAX + 1:
        raise ImportRefused(f"line {line}: an account and a balance expected")
    try:
        return row[0].removeprefix("'"), parse_amount(row[1].strip(), unit)
    except InvalidRequest as error:
        raise ImportRefused(f"line {line}: {error.reason}") from error
