"""Which syntax a registered attribute has, and whether one that was received keeps to it.

Promises to name the attribute and what is wrong with it, so that a server can answer
``client-error-attributes-or-values-not-supported`` or ``client-error-request-value-too-long`` with the
offender in the unsupported group. Never judges whether a queue supports a value, only whether it can be one.
RFC 8011 section 5.1 (syntaxes and lengths) and 4.1.7 (unsupported attributes).
"""

import re
from collections.abc import Iterable, Iterator
from functools import cache
from typing import Final, NamedTuple

from plantin.ipp import registered, registered_job, registered_printer
from plantin.ipp.attributes import Attribute
from plantin.ipp.status import Status
from plantin.ipp.tags import NAME_TAGS, TEXT_TAGS, Tag, is_out_of_band, tag_name
from plantin.ipp.values import Collection, DateTime, LangStr, Range, Resolution, Value

INTEGER_MIN: Final = -(2**31)
INTEGER_MAX: Final = 2**31 - 1
OCTETS_MAX: Final = 1023

_SYNTAX_TAGS: Final[dict[str, frozenset[Tag]]] = {
    "integer": frozenset({Tag.INTEGER}),
    "boolean": frozenset({Tag.BOOLEAN}),
    "enum": frozenset({Tag.ENUM}),
    "octetString": frozenset({Tag.OCTET_STRING}),
    "dateTime": frozenset({Tag.DATE_TIME}),
    "resolution": frozenset({Tag.RESOLUTION}),
    "rangeOfInteger": frozenset({Tag.RANGE}),
    "collection": frozenset({Tag.BEGIN_COLLECTION}),
    "text": TEXT_TAGS,
    "name": NAME_TAGS,
    "keyword": frozenset({Tag.KEYWORD}),
    "uri": frozenset({Tag.URI}),
    "uriScheme": frozenset({Tag.URI_SCHEME}),
    "charset": frozenset({Tag.CHARSET}),
    "naturalLanguage": frozenset({Tag.NATURAL_LANGUAGE}),
    "mimeMediaType": frozenset({Tag.MIME_MEDIA_TYPE}),
    "no-value": frozenset({Tag.NO_VALUE}),
    "unknown": frozenset({Tag.UNKNOWN}),
}
_OCTETS: Final = {
    "text": 1023,
    "name": 255,
    "keyword": 255,
    "uri": 1023,
    "uriScheme": 63,
    "charset": 63,
    "naturalLanguage": 63,
    "mimeMediaType": 255,
    "octetString": 1023,
}
_ALTERNATIVE: Final = re.compile(
    r"(?P<syntax>[A-Za-z-]+)(?:\((?P<limits>[^)]*)\))?(?: (?P<members>[a-z-]+))?"
)
_KEYWORD: Final = re.compile(r"[!-~]+", re.ASCII)  # A4, Custom.10x20cm and 23:59 are sent as keywords
_CHARSET: Final = re.compile(r"[A-Za-z0-9.:_+-]+", re.ASCII)
_LANGUAGE: Final = re.compile(r"[A-Za-z]{1,8}(?:-[A-Za-z0-9]{1,8})*", re.ASCII)
_MIME: Final = re.compile(
    r"[A-Za-z0-9!#$&^_.+-]+/[A-Za-z0-9!#$&^_.+-]+(?:[ \t]*;[ \t]*[!-:<-~]+(?:\"[^\"]*\")?)*", re.ASCII
)
_URI_SCHEME: Final = re.compile(r"[A-Za-z][A-Za-z0-9.+-]*", re.ASCII)
_URI: Final = re.compile(r"[!-~]+", re.ASCII)
_PATTERNS: Final[dict[int, re.Pattern[str]]] = {
    Tag.KEYWORD: _KEYWORD,
    Tag.CHARSET: _CHARSET,
    Tag.NATURAL_LANGUAGE: _LANGUAGE,
    Tag.MIME_MEDIA_TYPE: _MIME,
    Tag.URI_SCHEME: _URI_SCHEME,
    Tag.URI: _URI,
}


class Alternative(NamedTuple):
    """One syntax that an attribute may have. ``lower`` and ``upper`` bound numbers, ``octets`` strings."""

    syntax: str
    tags: frozenset[Tag]
    lower: int
    upper: int
    octets: int
    members: str


class Syntax(NamedTuple):
    """What a registered attribute may be: one of ``alternatives`` each, several values when ``multiple``."""

    multiple: bool
    alternatives: tuple[Alternative, ...]

    @property
    def tag(self) -> Tag:
        """The tag to send: that of the first alternative (without a language for text and names)."""
        return min(self.alternatives[0].tags, key=lambda tag: (tag < Tag.TEXT, tag))


class Problem(NamedTuple):
    """What is wrong with an attribute; ``status`` is for the response if the request is refused for it."""

    attribute: Attribute
    reason: str
    status: Status = Status.CLIENT_ERROR_ATTRIBUTES_OR_VALUES_NOT_SUPPORTED


def _alternative(notation: str) -> Alternative:
    match = _ALTERNATIVE.fullmatch(notation)
    if match is None or match["syntax"] not in _SYNTAX_TAGS:
        raise ValueError(f"not a syntax: {notation!r}")
    syntax, limits = match["syntax"], match["limits"] or ""
    lower, upper, octets = INTEGER_MIN, INTEGER_MAX, _OCTETS.get(syntax, OCTETS_MAX)
    if ":" in limits:
        low, _, high = limits.partition(":")
        lower = int(low)
        upper = INTEGER_MAX if high == "MAX" else int(high)
    elif limits.isdigit():
        octets = int(limits)
    return Alternative(syntax, _SYNTAX_TAGS[syntax], lower, upper, octets, match["members"] or "")


def parse_syntax(notation: str) -> Syntax:
    """Read the registry's notation, such as ``1setOf keyword | name(MAX)``; else ``ValueError``."""
    one = notation.removeprefix("1setOf ")
    return Syntax(one != notation, tuple(_alternative(part) for part in one.split(" | ")))


def _lines(table: str) -> Iterator[tuple[str, str]]:
    for line in table.splitlines():
        if line and not line.startswith("#"):
            name, _, notation = line.partition(": ")
            yield name, notation


def _read(table: str) -> dict[str, Syntax]:
    return {name: _parse_once(notation) for name, notation in _lines(table)}


_parse_once = cache(parse_syntax)

OPERATION: Final = _read(registered.OPERATION)
"""Operation attributes of all requests and responses."""
JOB_TEMPLATE: Final = _read(registered_job.JOB_TEMPLATE)
"""Attributes with which a client says how to print; also those of documents in a job."""
JOB_DESCRIPTION: Final = _read(registered_job.JOB_DESCRIPTION)
"""Job description and job status attributes."""
SUBSCRIPTION: Final = _read(registered.SUBSCRIPTION)
"""Subscription template, description and status attributes."""
DOCUMENT: Final = _read(registered.DOCUMENT)
"""Document description and status attributes."""
PRINTER: Final = _read(registered_printer.PRINTER)
"""Printer description, status and the defaults and supported values of job template attributes."""


def _read_members() -> dict[str, dict[str, Syntax]]:
    tables = {}
    for collection, table in registered_job.MEMBERS.items():
        members: dict[str, Syntax] = {}
        for name, notation in _lines(table):
            if name == "*":
                members = JOB_TEMPLATE | members
            else:
                members[name] = _parse_once(notation)
        tables[collection] = members
    return tables


MEMBERS: Final = _read_members()
"""The members of collections that are checked inside, by the name of the table."""


def registered_names() -> frozenset[str]:
    """The names of all attributes and members that stand in any table."""
    tables = (OPERATION, JOB_TEMPLATE, JOB_DESCRIPTION, SUBSCRIPTION, DOCUMENT, PRINTER, *MEMBERS.values())
    return frozenset().union(*tables)


def check(attribute: Attribute, syntax: Syntax, *, cut_text: bool = False) -> Problem | None:
    """The first thing that is wrong with an attribute by its syntax, None when it is right.

    ``cut_text``: too long names and texts are no problem, for the caller cuts them (see ``text``).
    """
    if is_out_of_band(attribute.tag):
        if any(attribute.tag in alternative.tags for alternative in syntax.alternatives):
            return None
        return Problem(attribute, f"{attribute.name} must have a value, not {tag_name(attribute.tag)}")
    if len(attribute.values) != 1 and not syntax.multiple:
        return Problem(attribute, f"{attribute.name} takes one value, not {len(attribute.values)}")
    tags = attribute.tags or (attribute.tag,) * len(attribute.values)
    for tag, value in zip(tags, attribute.values, strict=True):
        reason, status = _check_value(attribute.name, tag, value, syntax, cut_text)
        if reason:
            return Problem(attribute, reason, status)
    return None


def check_all(
    attributes: Iterable[Attribute], table: dict[str, Syntax], *, cut_text: bool = False
) -> list[Problem]:
    """Every problem of ``attributes`` that ``table`` knows; one that it does not know is no problem here."""
    problems = []
    for attribute in attributes:
        syntax = table.get(attribute.name)
        problem = None if syntax is None else check(attribute, syntax, cut_text=cut_text)
        if problem is not None:
            problems.append(problem)
    return problems


_Verdict = tuple[str, Status]
_RIGHT: Final[_Verdict] = ("", Status.SUCCESSFUL_OK)


def _wrong(reason: str) -> _Verdict:
    return reason, Status.CLIENT_ERROR_ATTRIBUTES_OR_VALUES_NOT_SUPPORTED


def _check_value(name: str, tag: int, value: Value, syntax: Syntax, cut_text: bool) -> _Verdict:
    for alternative in syntax.alternatives:
        if tag in alternative.tags:
            break
    else:
        wanted = " or ".join(alternative.syntax for alternative in syntax.alternatives)
        return _wrong(f"{name} must be {wanted}, not {tag_name(tag)}")
    if isinstance(value, str | bytes | LangStr):
        return _check_string(name, tag, value, alternative, cut_text)
    if isinstance(value, Collection):
        return _check_members(name, value, MEMBERS.get(alternative.members, {}), cut_text)
    return _check_number(name, value, alternative)


def _check_number(name: str, value: Value, alternative: Alternative) -> _Verdict:
    lower, upper = alternative.lower, alternative.upper
    if isinstance(value, Range):
        if not lower <= value.lower <= value.upper <= upper:
            return _wrong(f"{name} {value} is not a range within {lower} to {upper}")
    elif isinstance(value, Resolution):
        if value.x < 1 or value.y < 1 or value.units not in (3, 4):
            return _wrong(f"{name} {value} is not a resolution")
    elif isinstance(value, DateTime):
        try:
            value.to_datetime()
        except ValueError:
            return _wrong(f"{name} {value} is not a date that exists")
    elif isinstance(value, int) and not lower <= value <= upper:
        return _wrong(f"{name} {value} is not within {lower} to {upper}")
    return _RIGHT


def _check_string(
    name: str, tag: int, value: str | bytes | LangStr, alternative: Alternative, cut_text: bool
) -> _Verdict:
    content = value.text if isinstance(value, LangStr) else value
    length = len(content if isinstance(content, bytes) else content.encode())
    if length > alternative.octets and not (cut_text and tag in TEXT_TAGS | NAME_TAGS):
        reason = f"{name} has {length} octets, {alternative.octets} is the most"
        return reason, Status.CLIENT_ERROR_REQUEST_VALUE_TOO_LONG
    pattern = _PATTERNS.get(tag)
    if pattern is not None and isinstance(content, str) and not pattern.fullmatch(content):
        return _wrong(f"{name} {content[:80]!r} is not a {tag_name(tag)}")
    return _RIGHT


def _check_members(name: str, collection: Collection, members: dict[str, Syntax], cut_text: bool) -> _Verdict:
    for problem in check_all(collection.attributes, members, cut_text=cut_text):
        return f"{name}: {problem.reason}", problem.status
    return _RIGHT
