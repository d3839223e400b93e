"""``-o name=value``: job attributes as a person types them, made into IPP attributes by their registered
syntax (RFC 8011 section 5.2, IANA IPP registry).

Only how a value is written is known here; whether the queue can do it is judged as for any IPP client.
"""

import re
from collections.abc import Callable
from typing import Final

from plantin.core.errors import Refusal
from plantin.ipp import Attribute, Range, Resolution, Tag, Value
from plantin.ipp.enums import Finishing, JobCollationType, KeywordEnum, Orientation, PrintQuality
from plantin.ipp.registry import JOB_TEMPLATE, Alternative, check

FIDELITY: Final = "ipp-attribute-fidelity"
"""Not an attribute of the job but of the request: refuse the job rather than leave out a wish."""
_ENUMS: Final[dict[str, type[KeywordEnum]]] = {
    "finishings": Finishing,
    "job-collation-type": JobCollationType,
    "orientation-requested": Orientation,
    "print-quality": PrintQuality,
}
_RESOLUTION: Final = re.compile(r"(\d{1,6})(?:x(\d{1,6}))?(dpi|dpcm)")
_NUMBER: Final = re.compile(r"-?\d{1,10}")
_WORDS: Final = {"true": True, "yes": True, "on": True, "false": False, "no": False, "off": False}


def _refusal(name: str, text: str) -> Refusal:
    return Refusal("bad-option", f"-o {name}: {text}", status="client-error-bad-request")


def job_attribute(name: str, text: str) -> Attribute:
    """The attribute that ``name=text`` means; several values are joined by commas.

    A name that is not registered becomes a name value, as libcups sends it: the queue may know it as the
    option of a PPD (``Duplex``), and reports it if it does not.

    Raises:
        Refusal: says how the value is written.
    """
    syntax = JOB_TEMPLATE.get(name)
    if not text:
        raise _refusal(name, "write NAME=VALUE")
    if syntax is None:
        return Attribute(name, Tag.NAME, (text,))
    words = text.split(",") if syntax.multiple else [text]
    reasons = []
    for alternative in syntax.alternatives:
        read = _READERS.get(alternative.syntax)
        if read is None:
            continue
        try:
            attribute = Attribute(name, _tag(alternative), tuple(read(name, word.strip()) for word in words))
        except ValueError as error:
            reasons.append(str(error))
            continue
        problem = check(attribute, syntax)
        if problem is None:
            return attribute
        reasons.append(problem.reason)
    if not reasons:
        raise _refusal(name, "it has parts of its own, which can't be written on the command line")
    raise _refusal(name, reasons[0])


def _tag(alternative: Alternative) -> Tag:
    return min(alternative.tags, key=lambda tag: (tag < Tag.TEXT, tag))


def _integer(name: str, word: str) -> Value:
    if not _NUMBER.fullmatch(word):
        raise ValueError(f"{word!r} is not a whole number")
    return int(word)


def _enum(name: str, word: str) -> Value:
    if word.isdigit() and len(word) < 10:
        return int(word)
    known = {one.keyword: int(one) for one in _ENUMS.get(name, ())}
    if word not in known:
        raise ValueError(f"{word!r} is none of {', '.join(known)}")
    return known[word]


def _boolean(name: str, word: str) -> Value:
    if word.lower() not in _WORDS:
        raise ValueError(f"{word!r} is neither true nor false")
    return _WORDS[word.lower()]


def _range(name: str, word: str) -> Value:
    first, dash, last = word.partition("-")
    if not first.isdigit() or (dash and not last.isdigit()) or len(word) > 20:
        raise ValueError(f"{word!r} is not a range: write 3 or 1-4, several joined by commas")
    return Range(int(first), int(last) if dash else int(first))


def _resolution(name: str, word: str) -> Value:
    match = _RESOLUTION.fullmatch(word)
    if match is None:
        raise ValueError(f"{word!r} is not a resolution: write 600dpi or 600x1200dpi")
    return Resolution(int(match[1]), int(match[2] or match[1]), 3 if match[3] == "dpi" else 4)


def _string(name: str, word: str) -> Value:
    return word


_READERS: Final[dict[str, Callable[[str, str], Value]]] = {
    "boolean": _boolean,
    "enum": _enum,
    "integer": _integer,
    "keyword": _string,
    "name": _string,
    "rangeOfInteger": _range,
    "resolution": _resolution,
    "text": _string,
    "uri": _string,
}


def is_true(name: str, text: str) -> bool:
    """A boolean of the command line.

    Raises:
        Refusal: it is neither true nor false.
    """
    try:
        return bool(_boolean(name, text))
    except ValueError as error:
        raise _refusal(name, str(error)) from None
