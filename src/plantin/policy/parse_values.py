"""Plain values out of a rule's data, each with an error that says where and what was expected."""

from __future__ import annotations

import re
from collections.abc import Mapping
from decimal import Decimal
from typing import TypeVar

from .errors import PolicyError

_T = TypeVar("_T")
_NUMBER = re.compile(r"-?[0-9]{1,13}(\.[0-9]{1,6})?")
_NAMES = {str: "a text", bool: "true or false", list: "a list", int: "a whole number", dict: "a table"}


def expect(value: object, kind: type[_T], where: str) -> _T:
    """The value, when it is of this kind; true is no number."""
    if not isinstance(value, kind) or (isinstance(value, bool) and kind is not bool):
        raise PolicyError(where, f"{value!r:.60} is not {_NAMES[kind]}")
    return value


def table(value: object, where: str) -> Mapping[str, object]:
    """The value, when it is a table with names as keys."""
    if not isinstance(value, Mapping) or not all(isinstance(key, str) for key in value):
        raise PolicyError(where, f"{value!r:.60} is not a table")
    return value


def only_keys(rows: Mapping[str, object], known: frozenset[str], where: str) -> None:
    """Raises when the table has a key that is not known."""
    unknown = sorted(key[:40] for key in rows if key not in known)
    if unknown:
        raise PolicyError(where, f"{unknown[0]!r} is unknown; known: {', '.join(sorted(known))}")


def text(value: object, where: str, chars_max: int) -> str:
    """A text of 1 to `chars_max` characters."""
    found = expect(value, str, where)
    if not 0 < len(found) <= chars_max:
        raise PolicyError(where, f"a text has 1 to {chars_max} characters, not {len(found)}")
    return found


def number(value: object, where: str, most: int) -> Decimal:
    """A whole number, or an exact decimal in quotes ("2.50"), between -`most` and `most`."""
    plain = str(value) if isinstance(value, int) and not isinstance(value, bool) else value
    if not isinstance(plain, str) or _NUMBER.fullmatch(plain) is None:
        raise PolicyError(where, f'{value!r:.40} is no number; decimals are written in quotes, "2.50"')
    found = Decimal(plain)
    if abs(found) > most:
        raise PolicyError(where, f"{plain} is beyond {most}")
    return found
