"""A tariff from plain data (TOML, JSON, a form): checked field by field.

Promises a `TariffError` that names the tariff and the field for anything that is not understood; an unknown
field is an error, never ignored, so that a misspelt price is not a free one. Prices are decimals in quotes.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime, tzinfo
from decimal import Decimal
from types import MappingProxyType
from typing import TypeVar

from .errors import InvalidRequest, TariffError
from .limits import ID_CHARS_MAX, RATES_MAX, TEXT_CHARS_MAX
from .money import currency, parse_decimal
from .sizes import NAMES
from .tariffs import Basis, Discount, Per, Rate, Scope, ScopeKind, Tariff

_FIELDS = frozenset(
    {
        *("name", "scope", "currency", "valid_from", "valid_until", "job", "duplex_discount"),
        *("assumed_coverage_permille", "factor", *(basis.value for basis in Basis)),
    }
)
_ROW_FIELDS = {
    Basis.SHEET: frozenset({"price", "sizes", "per"}),
    Basis.SIDE: frozenset({"price", "sizes", "colour", "per"}),
    Basis.COVERAGE: frozenset({"price", "sizes", "colour"}),
    Basis.FINISHING: frozenset({"price", "name"}),
}
_T = TypeVar("_T")


def parse_tariff(data: Mapping[str, object], zone: tzinfo) -> Tariff:
    """The tariff that `data` describes; dates without a time begin at midnight in `zone`.

    Raises `TariffError`.
    """
    name = _typed(data.get("name"), str, "tariff", "name")
    if not 0 < len(name) <= TEXT_CHARS_MAX:
        raise TariffError(f"tariff: a name has 1 to {TEXT_CHARS_MAX} characters")
    try:
        return _parse(data, name, zone)
    except InvalidRequest as error:
        raise TariffError(f"tariff {name}: {error.reason}") from error


def _parse(data: Mapping[str, object], name: str, zone: tzinfo) -> Tariff:
    _only(data, _FIELDS, name)
    begin, end = (_moment(data.get(key), zone, name, key) for key in ("valid_from", "valid_until"))
    if begin is not None and end is not None and end <= begin:
        raise TariffError(f"tariff {name}: valid_until is not after valid_from")
    rates = tuple(_rate(row, basis, name) for basis in Basis for row in _rows(data, basis, name))
    if len(rates) > RATES_MAX:
        raise TariffError(f"tariff {name}: {len(rates)} rates, {RATES_MAX} are possible")
    seen = {(rate.basis, size, rate.colour, rate.finishing) for rate in rates for size in rate.sizes or {""}}
    if len(seen) != sum(len(rate.sizes) or 1 for rate in rates):
        raise TariffError(f"tariff {name}: two rates for the same thing")
    assumed = data.get("assumed_coverage_permille")
    return Tariff(
        name=name,
        scope=parse_scope(_typed(data.get("scope", "everywhere"), str, name, "scope")),
        unit=currency(_typed(data.get("currency"), str, name, "currency")),
        valid_from=begin,
        valid_until=end,
        rates=rates,
        job=_price(data["job"], "job") if "job" in data else None,
        duplex_discount=_discount(data["duplex_discount"], name) if "duplex_discount" in data else None,
        assumed_coverage_permille=None if assumed is None else _permille(assumed, name),
        factors=_factors(data.get("factor", {}), name),
    )


def parse_scope(text: str) -> Scope:
    """The scope of "device:NAME", "device-group:NAME", "queue:NAME", "site:NAME" or "everywhere"."""
    kind, _, name = text.partition(":")
    known = [item.value for item in ScopeKind]
    if kind not in known or len(name) > ID_CHARS_MAX or bool(name) is (kind == ScopeKind.EVERYWHERE.value):
        raise InvalidRequest(f"scope {text[:60]!r}: {', '.join(known[:-1])} with :NAME, or everywhere")
    return Scope(ScopeKind(kind), name)


def _typed(value: object, kind: type[_T], name: str, key: str) -> _T:
    if not isinstance(value, kind) or (isinstance(value, bool) and kind is not bool):
        found = "missing" if value is None else f"{value!r:.60}"
        raise TariffError(f"tariff {name}: {key} is {found}, {kind.__name__} expected")
    return value


def _only(data: Mapping[str, object], allowed: frozenset[str], name: str) -> None:
    unknown = sorted(str(key)[:40] for key in data if key not in allowed)
    if unknown:
        raise TariffError(
            f"tariff {name}: unknown field {unknown[0]}; known are {', '.join(sorted(allowed))}"
        )


def _moment(value: object, zone: tzinfo, name: str, key: str) -> datetime | None:
    if value is None:
        return None
    if isinstance(value, datetime):
        return value if value.tzinfo is not None else value.replace(tzinfo=zone)
    day = _typed(value, date, name, key)
    return datetime(day.year, day.month, day.day, tzinfo=zone)


def _price(value: object, what: str) -> Decimal:
    price = parse_decimal(value, what)  # type: ignore[arg-type]  # refuses every other type with a reason
    if price < 0:
        raise InvalidRequest(f"{what}: {price} is below zero")
    return price


def _discount(value: object, name: str) -> Discount:
    text = _typed(value, str, name, "duplex_discount")
    if not text.endswith("%"):
        return Discount(amount=_price(text, "duplex_discount"))
    percent = _price(text[:-1].strip(), "duplex_discount")
    if percent > 100:
        raise TariffError(f"tariff {name}: duplex_discount is more than 100 %")
    return Discount(percent=percent)


def _permille(value: object, name: str) -> int:
    permille = _typed(value, int, name, "assumed_coverage_permille")
    if not 0 <= permille <= 4000:
        raise TariffError(f"tariff {name}: assumed_coverage_permille is 0 to 4000 (four colourants)")
    return permille


def _factors(value: object, name: str) -> Mapping[str, Decimal]:
    table = _typed(value, dict, name, "factor")
    return MappingProxyType({str(group): _price(text, f"factor {group}") for group, text in table.items()})


def _rows(data: Mapping[str, object], basis: Basis, name: str) -> list[dict[str, object]]:
    rows = _typed(data.get(basis.value, []), list, name, basis.value)
    return [_typed(row, dict, name, basis.value) for row in rows]


def _rate(row: dict[str, object], basis: Basis, name: str) -> Rate:
    where = basis.value
    _only(row, _ROW_FIELDS[basis], f"{name}, {where}")
    sizes = [
        _typed(size, str, name, f"{where} sizes") for size in _typed(row.get("sizes", []), list, name, where)
    ]
    for size in sizes:
        if size not in NAMES:
            raise TariffError(f"tariff {name}: {where} size {size[:40]!r} is unknown; known: {sorted(NAMES)}")
    per = _typed(row.get("per", "each"), str, name, f"{where} per")
    if per not in {item.value for item in Per}:
        raise TariffError(f"tariff {name}: {where} per {per[:40]!r}; each, m2 or m is possible")
    return Rate(
        basis=basis,
        price=_price(row.get("price"), f"{where} price"),
        sizes=frozenset(sizes),
        colour=_typed(row["colour"], bool, name, f"{where} colour") if "colour" in row else None,
        finishing=_typed(row.get("name"), str, name, f"{where} name") if basis is Basis.FINISHING else "",
        per=Per(per),
    )
