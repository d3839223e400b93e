"""Price lists: what a sheet, a side, a job or a staple costs, where, and from when to when.

Promises inheritance rate by rate: the place's most specific tariff that has a matching rate decides, in the
order device, device group, queue, site, everywhere; inside a tariff the rate that says more (size and
colour, then size, then colour, then neither). Of two tariffs for the same place, the one that began later.
Never mixes currencies in one chain.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from enum import Enum
from itertools import pairwise
from types import MappingProxyType

from .errors import TariffError
from .limits import TARIFFS_IN_CHAIN_MAX
from .money import Unit
from .sizes import Size


class ScopeKind(Enum):
    """What a tariff is for, most specific first."""

    DEVICE = "device"
    DEVICE_GROUP = "device-group"
    QUEUE = "queue"
    SITE = "site"
    EVERYWHERE = "everywhere"


_ORDER = {kind: position for position, kind in enumerate(ScopeKind)}


@dataclass(frozen=True, slots=True)
class Scope:
    """A kind of place and its name; the name is empty for `EVERYWHERE`."""

    kind: ScopeKind
    name: str = ""

    def __str__(self) -> str:
        return f"{self.kind.value}:{self.name}" if self.name else self.kind.value


class Basis(Enum):
    """What a rate counts."""

    SHEET = "sheet"
    SIDE = "side"
    COVERAGE = "coverage"
    FINISHING = "finishing"


class Per(Enum):
    """The unit of a rate's price: each piece, each square metre, each metre of length."""

    EACH = "each"
    SQUARE_METRE = "m2"
    METRE = "m"


@dataclass(frozen=True, slots=True)
class Rate:
    """One row of a price list. Empty `sizes` means any size, `colour` None means both.

    For `COVERAGE` the price is that of one side covered completely (1000 per mille) by one colourant.
    """

    basis: Basis
    price: Decimal
    sizes: frozenset[str] = frozenset()
    colour: bool | None = None
    finishing: str = ""
    per: Per = Per.EACH

    def matches(self, size: Size | None, colour: bool | None, finishing: str) -> bool:
        """Whether this row speaks of such a piece."""
        return (
            (not self.sizes or (size is not None and size.name in self.sizes))
            and (self.colour is None or self.colour is colour)
            and self.finishing == finishing
        )

    @property
    def detail(self) -> int:
        """How much the row says: 3 size and colour, 2 size, 1 colour, 0 neither."""
        return 2 * bool(self.sizes) + (self.colour is not None)


@dataclass(frozen=True, slots=True)
class Discount:
    """Off the price of a duplex side: a percentage of it, or an amount."""

    percent: Decimal = Decimal(0)
    amount: Decimal = Decimal(0)


@dataclass(frozen=True, slots=True)
class Tariff:
    """One price list. Times are aware; `valid_until` is the first moment at which it is over."""

    name: str
    scope: Scope
    unit: Unit
    valid_from: datetime | None = None
    valid_until: datetime | None = None
    rates: tuple[Rate, ...] = ()
    job: Decimal | None = None
    duplex_discount: Discount | None = None
    assumed_coverage_permille: int | None = None
    factors: Mapping[str, Decimal] = field(default_factory=lambda: MappingProxyType({}))

    def is_valid(self, at: datetime) -> bool:
        """Whether `at` lies in its time."""
        return (self.valid_from is None or self.valid_from <= at) and (
            self.valid_until is None or at < self.valid_until
        )


@dataclass(frozen=True, slots=True)
class Place:
    """Where a job prints, or would print: names, empty or None when not known yet."""

    device: str | None = None
    device_groups: frozenset[str] = frozenset()
    queue: str | None = None
    site: str | None = None

    def holds(self, scope: Scope) -> bool:
        """Whether a tariff of this scope applies here."""
        if scope.kind is ScopeKind.DEVICE_GROUP:
            return scope.name in self.device_groups
        if scope.kind is ScopeKind.EVERYWHERE:
            return True
        own = {ScopeKind.DEVICE: self.device, ScopeKind.QUEUE: self.queue, ScopeKind.SITE: self.site}
        return own[scope.kind] == scope.name

    def __str__(self) -> str:
        names = [("device", self.device), ("queue", self.queue), ("site", self.site)]
        return ", ".join(f"{kind} {name}" for kind, name in names if name is not None) or "nowhere"


class PriceList:
    """All tariffs of the house, found by place: those of ten thousand other devices cost nothing."""

    def __init__(self, tariffs: Iterable[Tariff]) -> None:
        self._by_scope: defaultdict[Scope, list[Tariff]] = defaultdict(list)
        for tariff in tariffs:
            self._by_scope[tariff.scope].append(tariff)

    def of(self, place: Place) -> list[Tariff]:
        """The tariffs whose scope holds `place`, valid now or not: what `price_usage` takes."""
        scopes = [Scope(ScopeKind.DEVICE_GROUP, group) for group in sorted(place.device_groups)]
        for kind, name in (
            (ScopeKind.DEVICE, place.device),
            (ScopeKind.QUEUE, place.queue),
            (ScopeKind.SITE, place.site),
            (ScopeKind.EVERYWHERE, ""),
        ):
            if name is not None:
                scopes.append(Scope(kind, name))
        return [tariff for scope in scopes for tariff in self._by_scope.get(scope, ())]


def chain(tariffs: Iterable[Tariff], place: Place, at: datetime) -> tuple[Tariff, ...]:
    """The tariffs that apply to `place` at the moment `at` (aware), the deciding one first.

    Raises `TariffError` when they differ in unit, are too many, or two are equally specific and equally old.
    """
    found = [t for t in tariffs if place.holds(t.scope) and t.is_valid(at)]
    if len(found) > TARIFFS_IN_CHAIN_MAX:
        raise TariffError(f"{len(found)} tariffs apply at once; {TARIFFS_IN_CHAIN_MAX} are possible")
    found.sort(key=lambda t: (t.scope.name, t.name))
    found.sort(key=_begin, reverse=True)
    found.sort(key=lambda t: _ORDER[t.scope.kind])
    for one, other in pairwise(found):
        if one.unit != other.unit:
            raise TariffError(f"tariffs {one.name} and {other.name} differ in unit")
        if (one.scope, one.valid_from) == (other.scope, other.valid_from):
            raise TariffError(f"tariffs {one.name} and {other.name} begin together for {one.scope}")
    return tuple(found)


def _begin(tariff: Tariff) -> tuple[bool, float]:
    began = tariff.valid_from
    return (began is not None, began.timestamp() if began is not None else 0.0)


def find_rate(
    tariffs: Sequence[Tariff],
    basis: Basis,
    size: Size | None = None,
    colour: bool | None = None,
    name: str = "",
) -> tuple[Tariff, Rate] | None:
    """The rate for such a piece and the tariff it is from, or None."""
    for tariff in tariffs:
        rows = [r for r in tariff.rates if r.basis is basis and r.matches(size, colour, name)]
        if rows:
            return tariff, max(rows, key=lambda row: row.detail)
    return None


def mentions(tariffs: Sequence[Tariff], basis: Basis) -> bool:
    """Whether any of the tariffs prices this at all."""
    return any(rate.basis is basis for tariff in tariffs for rate in tariff.rates)


def group_factor(tariffs: Sequence[Tariff], groups: frozenset[str]) -> tuple[Tariff, str, Decimal] | None:
    """The factor of a person's groups: the first tariff that has one; of several in it, the lowest."""
    for tariff in tariffs:
        own = sorted((factor, group) for group, factor in tariff.factors.items() if group in groups)
        if own:
            return tariff, own[0][1], own[0][0]
    return None
