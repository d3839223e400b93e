"""Top-up vouchers: made in batches, printed on cards, used once.

Promises that a code keeps only as its SHA-256 digest, that two check characters catch every single wrong
character and every swap of neighbours, and that a voucher is used once however often, and by however many,
it is redeemed: its ledger key is made of its digest. Randomness is given by the caller (`secrets.randbits`);
60 bits of it make guessing hopeless. Letters that look alike (I L O U) are not used (Crockford's base 32).
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import date

from .errors import InvalidRequest, VoucherRefused
from .limits import VOUCHERS_PER_BATCH_MAX
from .money import check_amount
from .requests import Transfer

ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
SECRET_BITS = 60
_SECRET_CHARS, _CHECK_CHARS = SECRET_BITS // 5, 2
_MODULUS = 1021  # the largest prime below 32**2: two characters hold the remainder
_VALUES = {character: value for value, character in enumerate(ALPHABET)} | {"O": 0, "I": 1, "L": 1}


@dataclass(frozen=True, slots=True)
class Voucher:
    """One voucher as it is kept; the code itself is not. `expires_on` is the last day it can be used."""

    batch: str
    serial: int
    unit: str
    value: int
    digest: str
    expires_on: date | None = None
    withdrawn: bool = False

    def withdraw(self) -> Voucher:
        """The same voucher, not to be redeemed any more."""
        return replace(self, withdrawn=True)


def encode_code(secret: int) -> str:
    """The code of a secret of `SECRET_BITS` bits, in groups: "7ZK2-90AB-CDEF-GH"."""
    if not 0 <= secret < 2**SECRET_BITS:
        raise InvalidRequest(f"a voucher's secret has {SECRET_BITS} bits")
    number = secret * 1024 + (-secret * 1024) % _MODULUS
    digits = [ALPHABET[number >> 5 * place & 31] for place in reversed(range(_SECRET_CHARS + _CHECK_CHARS))]
    return "-".join("".join(digits[start : start + 4]) for start in range(0, len(digits), 4))


def parse_code(text: str) -> int:
    """The secret of a code as a person typed it: small letters, spaces, O for 0 are understood.

    Raises `VoucherRefused` for a code that cannot be one.
    """
    plain = [character for character in text[:64].upper() if character not in "- \t"]
    if len(plain) != _SECRET_CHARS + _CHECK_CHARS or any(character not in _VALUES for character in plain):
        raise VoucherRefused(f"a voucher code has {_SECRET_CHARS + _CHECK_CHARS} letters and digits")
    number = 0
    for character in plain:
        number = number << 5 | _VALUES[character]
    if number % _MODULUS or number & 1023 >= _MODULUS:
        raise VoucherRefused("the voucher code is mistyped: its check characters do not fit")
    return number >> 10


def code_digest(text: str) -> str:
    """What a voucher is kept and found by; raises `VoucherRefused`."""
    return hashlib.sha256(b"plantin voucher" + parse_code(text).to_bytes(8, "big")).hexdigest()


def make_batch(
    batch: str,
    count: int,
    value: int,
    unit: str,
    randbits: Callable[[int], int],
    expires_on: date | None = None,
) -> list[tuple[str, Voucher]]:
    """`count` new vouchers of `value` minor units with their codes, to be printed now and then forgotten."""
    if not 0 < count <= VOUCHERS_PER_BATCH_MAX:
        raise InvalidRequest(f"{count} vouchers; 1 to {VOUCHERS_PER_BATCH_MAX} at once are possible")
    if check_amount(value) <= 0 or not batch:
        raise InvalidRequest("a voucher has a value above zero and a batch with a name")
    secrets: dict[int, None] = {}
    for _ in range(2 * count):
        secrets[randbits(SECRET_BITS)] = None
        if len(secrets) == count:
            break
    else:
        raise InvalidRequest("the source of randomness repeats itself")
    codes = [encode_code(secret) for secret in secrets]
    return [
        (code, Voucher(batch, serial, unit, value, code_digest(code), expires_on))
        for serial, code in enumerate(codes, start=1)
    ]


def redeem(voucher: Voucher, target: str, source: str, today: date, actor: str = "") -> Transfer:
    """The top-up of account `target` from the cash account that the batch was sold against.

    Raises `VoucherRefused`. A second use raises `KeyConflict` in the ledger, or, by the same account, changes
    nothing.
    """
    if voucher.withdrawn:
        raise VoucherRefused(f"voucher {voucher.batch}/{voucher.serial} was withdrawn")
    if voucher.expires_on is not None and today > voucher.expires_on:
        raise VoucherRefused(
            f"voucher {voucher.batch}/{voucher.serial} was valid until {voucher.expires_on.isoformat()}"
        )
    return Transfer(
        key=f"voucher:{voucher.digest}",
        source=source,
        target=target,
        unit=voucher.unit,
        amount=voucher.value,
        actor=actor,
        memo=f"voucher {voucher.batch}/{voucher.serial}",
    )
