"""The values of attributes that Python has no type for.

Promises immutable, hashable values that compare by content. Integers, enums, booleans, strings and octet
strings are ``int``, ``bool``, ``str`` and ``bytes``; which of the IPP syntaxes, the attribute's tag says.
RFC 8010 section 3.9 (encoding of values); RFC 8011 section 5.1 (syntaxes); RFC 2579 (DateAndTime).
"""

import datetime
from typing import TYPE_CHECKING, Final, NamedTuple, Self, TypeAlias

if TYPE_CHECKING:
    from plantin.ipp.attributes import Attribute

DATE_TIME_OCTETS: Final = 11
DOTS_PER_INCH: Final = 3
DOTS_PER_CENTIMETRE: Final = 4
_CENTIMETRES_PER_INCH: Final = 2.54


class Resolution(NamedTuple):
    """``resolution``: cross-feed and feed direction, ``units`` 3 = dots per inch, 4 = dots per centimetre."""

    x: int
    y: int
    units: int = DOTS_PER_INCH

    def __str__(self) -> str:
        """Like ``600dpi`` or ``600x1200dpi``, as PWG 5100.13 writes resolutions."""
        unit = {DOTS_PER_INCH: "dpi", DOTS_PER_CENTIMETRE: "dpcm"}.get(self.units, f"units{self.units}")
        return f"{self.x}{unit}" if self.x == self.y else f"{self.x}x{self.y}{unit}"

    def dpi(self) -> tuple[int, int]:
        """Both directions in dots per inch, rounded."""
        if self.units == DOTS_PER_CENTIMETRE:
            return round(self.x * _CENTIMETRES_PER_INCH), round(self.y * _CENTIMETRES_PER_INCH)
        return self.x, self.y


class Range(NamedTuple):
    """``rangeOfInteger``, both ends included."""

    lower: int
    upper: int

    def __contains__(self, number: object) -> bool:
        """Whether an integer lies in the range."""
        return isinstance(number, int) and self.lower <= number <= self.upper

    def __str__(self) -> str:
        return f"{self.lower}-{self.upper}"


class LangStr(NamedTuple):
    """``textWithLanguage`` or ``nameWithLanguage``."""

    text: str
    language: str

    def __str__(self) -> str:
        return self.text


class DateTime(NamedTuple):
    """``dateTime``: the 11 octets of RFC 2579 DateAndTime as they were received, sensible or not."""

    octets: bytes

    @classmethod
    def from_datetime(cls, moment: datetime.datetime) -> Self:
        """The octets of an aware ``moment`` (to 1/10 s); ``ValueError`` when it has no time zone."""
        offset = moment.utcoffset()
        if offset is None:
            raise ValueError("a dateTime needs an aware datetime")
        minutes = round(offset.total_seconds() / 60)
        sign = b"-" if minutes < 0 else b"+"
        hours, minutes = divmod(abs(minutes), 60)
        return cls(
            moment.year.to_bytes(2, "big")
            + bytes((moment.month, moment.day, moment.hour, moment.minute, moment.second))
            + bytes((moment.microsecond // 100_000,))
            + sign
            + bytes((hours, minutes))
        )

    def to_datetime(self) -> datetime.datetime:
        """An aware datetime; ``ValueError`` when the octets are not a date that exists.

        A leap second (60) becomes second 59, for Python has none.
        """
        octets = self.octets
        if len(octets) != DATE_TIME_OCTETS:
            raise ValueError(f"a dateTime has {DATE_TIME_OCTETS} octets, not {len(octets)}")
        year = int.from_bytes(octets[:2], "big")
        month, day, hour, minute, second, tenths, direction, zone_hours, zone_minutes = octets[2:]
        if direction not in b"+-" or zone_minutes > 59 or tenths > 9 or second > 60:
            raise ValueError(f"not a dateTime: {octets.hex()}")
        offset = datetime.timedelta(hours=zone_hours, minutes=zone_minutes)
        zone = datetime.timezone(-offset if direction == ord("-") else offset)
        second = min(second, 59)
        return datetime.datetime(year, month, day, hour, minute, second, tenths * 100_000, zone)

    def __str__(self) -> str:
        """ISO 8601, or the octets in hexadecimal when they are not a date."""
        try:
            return self.to_datetime().isoformat()
        except ValueError:
            return self.octets.hex()


class Collection(NamedTuple):
    """``collection``: member attributes in order."""

    attributes: tuple["Attribute", ...] = ()

    def get(self, name: str) -> "Attribute | None":
        """The member called ``name``, or None."""
        for attribute in self.attributes:
            if attribute.name == name:
                return attribute
        return None

    def first(self, name: str, default: "Value | None" = None) -> "Value | None":
        """The first value of the member ``name``, or ``default`` when it is missing or out-of-band."""
        attribute = self.get(name)
        return attribute.values[0] if attribute is not None and attribute.values else default


Value: TypeAlias = int | str | bytes | Resolution | Range | LangStr | DateTime | Collection
"""Any value; ``bool`` is an ``int``. ``bytes`` are octetString and everything that is not registered."""
