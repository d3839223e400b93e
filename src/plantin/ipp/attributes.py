"""Attributes and groups, and a constructor for every syntax.

Promises that an ``Attribute`` never changes, and that a ``Group`` keeps its attributes in order. The
constructors refuse what must never be sent: an empty set, a value of the wrong type, a mix of value tags.
RFC 8010 section 3.1; RFC 8011 sections 4.1 and 5.1.
"""

import datetime as _datetime
from collections.abc import Iterable, Iterator
from typing import Any, NamedTuple, Self, TypeVar

from plantin.ipp.errors import EncodeError
from plantin.ipp.tags import Tag, is_out_of_band, tag_name
from plantin.ipp.values import Collection, DateTime, LangStr, Range, Resolution, Value

T = TypeVar("T")


class Attribute(NamedTuple):
    """An attribute with all its values (1setOf).

    ``values`` is empty exactly when ``tag`` is out-of-band. ``tag`` is that of the first value; ``tags`` is
    None unless the values differ in tag, and then has one tag for each value, so that a message is carried
    through as it came.
    """

    name: str
    tag: int
    values: tuple[Value, ...] = ()
    tags: tuple[int, ...] | None = None

    @property
    def first(self) -> Value | None:
        """The first value; None when the attribute is out-of-band."""
        return self.values[0] if self.values else None

    @property
    def out_of_band(self) -> bool:
        """Whether the attribute has an out-of-band tag (no-value, unknown, unsupported …) and no values."""
        return is_out_of_band(self.tag)

    def strings(self) -> tuple[str, ...]:
        """All string values, those with a language without it."""
        return tuple(
            value.text if isinstance(value, LangStr) else value
            for value in self.values
            if isinstance(value, str | LangStr)
        )

    def integers(self) -> tuple[int, ...]:
        """All integer and enum values; a boolean is none."""
        return tuple(v for v in self.values if isinstance(v, int) and not isinstance(v, bool))

    def collections(self) -> tuple[Collection, ...]:
        """All collections."""
        return tuple(value for value in self.values if isinstance(value, Collection))

    def renamed(self, name: str) -> "Attribute":
        """The same values under another name, such as ``sides`` for ``sides-default``."""
        return Attribute(name, self.tag, self.values, self.tags)


class Group:
    """The attributes between two delimiter tags, in order. Names may repeat; ``get`` finds the first."""

    __slots__ = ("_attributes", "_index", "tag")

    tag: int
    _attributes: list[Attribute]
    _index: dict[str, Attribute] | None

    def __init__(self, tag: int, attributes: Iterable[Attribute] = ()) -> None:
        self.tag = tag
        self._attributes = list(attributes)
        self._index = None

    @classmethod
    def owning(cls, tag: int, attributes: list[Attribute]) -> Self:
        """A group around this very list, which the caller still fills and must not touch once it is read."""
        group = cls(tag)
        group._attributes = attributes
        return group

    @property
    def attributes(self) -> tuple[Attribute, ...]:
        """All attributes in order."""
        return tuple(self._attributes)

    def get(self, name: str) -> Attribute | None:
        """The first attribute called ``name``, or None."""
        index = self._index
        if index is None:
            index = self._index = {attribute.name: attribute for attribute in reversed(self._attributes)}
        return index.get(name)

    def first(self, name: str, default: Value | None = None) -> Value | None:
        """The first value of ``name``; ``default`` when it is missing or out-of-band."""
        attribute = self.get(name)
        return attribute.values[0] if attribute is not None and attribute.values else default

    def values(self, name: str) -> tuple[Value, ...]:
        """All values of ``name``, none when it is missing or out-of-band."""
        attribute = self.get(name)
        return () if attribute is None else attribute.values

    def string(self, name: str) -> str | None:
        """The first value of ``name`` when it is a string of any syntax (without its language), else None."""
        value = self.first(name)
        return value.text if isinstance(value, LangStr) else value if isinstance(value, str) else None

    def strings(self, name: str) -> tuple[str, ...]:
        """All string values of ``name``."""
        attribute = self.get(name)
        return () if attribute is None else attribute.strings()

    def integer(self, name: str) -> int | None:
        """The first value of ``name`` when it is an integer or enum, else None."""
        value = self.first(name)
        return value if isinstance(value, int) and not isinstance(value, bool) else None

    def integers(self, name: str) -> tuple[int, ...]:
        """All integer and enum values of ``name``."""
        attribute = self.get(name)
        return () if attribute is None else attribute.integers()

    def boolean(self, name: str) -> bool | None:
        """The first value of ``name`` when it is a boolean, else None."""
        value = self.first(name)
        return value if isinstance(value, bool) else None

    def add(self, *attributes: Attribute) -> None:
        """Append attributes."""
        self._attributes += attributes
        self._index = None

    def put(self, attribute: Attribute) -> None:
        """Replace the first attribute of the same name where it stands, or append."""
        for position, present in enumerate(self._attributes):
            if present.name == attribute.name:
                self._attributes[position] = attribute
                break
        else:
            self._attributes.append(attribute)
        self._index = None

    def remove(self, name: str) -> None:
        """Take out every attribute called ``name``; nothing happens when there is none."""
        self._attributes = [attribute for attribute in self._attributes if attribute.name != name]
        self._index = None

    def __contains__(self, name: object) -> bool:
        return isinstance(name, str) and self.get(name) is not None

    def __iter__(self) -> Iterator[Attribute]:
        return iter(self._attributes)

    def __len__(self) -> int:
        return len(self._attributes)

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Group):
            return NotImplemented
        return self.tag == other.tag and self._attributes == other._attributes

    def __hash__(self) -> int:
        raise TypeError("a group can change, so it cannot be a key")

    def __repr__(self) -> str:
        return f"Group({tag_name(self.tag)}, {self._attributes!r})"


def _make(name: str, tag: Tag, values: Iterable[Any], kind: type[T]) -> Attribute:
    checked = tuple(values)
    if not checked:
        raise EncodeError(f"{name}: a set of no values is illegal; use no_value() or leave it out")
    for value in checked:
        if not isinstance(value, kind) or (isinstance(value, bool) and kind is int):
            raise EncodeError(f"{name}: {tag_name(tag)} cannot be {value!r}")
    return Attribute(name, tag, checked)


def integer(name: str, *values: int) -> Attribute:
    """``integer`` values (signed, 32 bits)."""
    return _make(name, Tag.INTEGER, values, int)


def enum(name: str, *values: int) -> Attribute:
    """``enum`` values; members of ``IntEnum`` are welcome."""
    return _make(name, Tag.ENUM, map(int, values), int)


def boolean(name: str, value: bool) -> Attribute:
    """A ``boolean``."""
    return _make(name, Tag.BOOLEAN, (value,), bool)


def keyword(name: str, *values: str) -> Attribute:
    """``keyword`` values."""
    return _make(name, Tag.KEYWORD, values, str)


def text(name: str, *values: str) -> Attribute:
    """``textWithoutLanguage`` values."""
    return _make(name, Tag.TEXT, values, str)


def name(name: str, *values: str) -> Attribute:
    """``nameWithoutLanguage`` values."""
    return _make(name, Tag.NAME, values, str)


def text_lang(name: str, *values: LangStr) -> Attribute:
    """``textWithLanguage`` values."""
    return _make(name, Tag.TEXT_WITH_LANGUAGE, values, LangStr)


def name_lang(name: str, *values: LangStr) -> Attribute:
    """``nameWithLanguage`` values."""
    return _make(name, Tag.NAME_WITH_LANGUAGE, values, LangStr)


def uri(name: str, *values: str) -> Attribute:
    """``uri`` values."""
    return _make(name, Tag.URI, values, str)


def uri_scheme(name: str, *values: str) -> Attribute:
    """``uriScheme`` values."""
    return _make(name, Tag.URI_SCHEME, values, str)


def charset(name: str, *values: str) -> Attribute:
    """``charset`` values, in lower case by RFC 8011 section 5.1.8."""
    return _make(name, Tag.CHARSET, values, str)


def language(name: str, *values: str) -> Attribute:
    """``naturalLanguage`` values, in lower case by RFC 8011 section 5.1.9."""
    return _make(name, Tag.NATURAL_LANGUAGE, values, str)


def mime(name: str, *values: str) -> Attribute:
    """``mimeMediaType`` values."""
    return _make(name, Tag.MIME_MEDIA_TYPE, values, str)


def octets(name: str, *values: bytes) -> Attribute:
    """``octetString`` values."""
    return _make(name, Tag.OCTET_STRING, values, bytes)


def resolution(name: str, *values: Resolution) -> Attribute:
    """``resolution`` values."""
    return _make(name, Tag.RESOLUTION, values, Resolution)


def range_(name: str, *values: Range) -> Attribute:
    """``rangeOfInteger`` values."""
    return _make(name, Tag.RANGE, values, Range)


def datetime_(name: str, *values: _datetime.datetime | DateTime) -> Attribute:
    """``dateTime`` values from aware datetimes; ``ValueError`` for a naive one."""
    made = (v if isinstance(v, DateTime) else DateTime.from_datetime(v) for v in values)
    return _make(name, Tag.DATE_TIME, made, DateTime)


def collection(name: str, *values: Collection | Iterable[Attribute]) -> Attribute:
    """``collection`` values, each a ``Collection`` or the attributes of one."""
    made = (v if isinstance(v, Collection) else Collection(tuple(v)) for v in values)
    return _make(name, Tag.BEGIN_COLLECTION, made, Collection)


def out_of_band(name: str, tag: int) -> Attribute:
    """An attribute whose ``tag`` stands for its value."""
    if not is_out_of_band(tag):
        raise EncodeError(f"{name}: {tag_name(tag)} is no out-of-band tag")
    return Attribute(name, tag)


def no_value(name: str) -> Attribute:
    """``no-value``: the attribute is supported and has no value now."""
    return Attribute(name, Tag.NO_VALUE)


def unknown(name: str) -> Attribute:
    """``unknown``: the attribute is supported and its value is not known."""
    return Attribute(name, Tag.UNKNOWN)


def unsupported(name: str) -> Attribute:
    """``unsupported``: in an unsupported group, the attribute itself is not known."""
    return Attribute(name, Tag.UNSUPPORTED)


def not_settable(name: str) -> Attribute:
    """``not-settable``: in an unsupported group, the attribute cannot be set (RFC 3380)."""
    return Attribute(name, Tag.NOT_SETTABLE)


def delete_attribute(name: str) -> Attribute:
    """``delete-attribute``: remove it from the object (RFC 3380)."""
    return Attribute(name, Tag.DELETE_ATTRIBUTE)


def require_uniform(attribute: Attribute) -> Attribute:
    """The attribute itself when all its values have one tag, in collections too; ``EncodeError`` otherwise.

    libcups 2.4 and older give up on a whole response for "1setOf attribute with incompatible value tags".
    """
    if attribute.tags is not None:
        tags = ", ".join(sorted({tag_name(tag) for tag in attribute.tags}))
        raise EncodeError(f"{attribute.name}: a set must not mix {tags}")
    for value in attribute.collections():
        for member in value.attributes:
            require_uniform(member)
    return attribute
