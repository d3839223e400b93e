"""``-o name=value``: job attributes as a person types them, made into IPP attributes (RFC 8011 section
5.2)."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from plantin.core.errors import Refusal
from plantin.core.model import Hold
from plantin.core.states import Reason
from plantin.ipp import Attribute, Range, encode_attributes
from plantin.ipp import attributes as make

_QUALITY: Final = {"draft": 3, "normal": 4, "high": 5}
_ORIENTATION: Final = {"portrait": 3, "landscape": 4, "reverse-landscape": 5, "reverse-portrait": 6}
_FINISHINGS: Final = {
    "none": 3,
    "staple": 4,
    "punch": 5,
    "cover": 6,
    "bind": 7,
    "fold": 10,
    "booklet-maker": 13,
}


@dataclass(frozen=True, slots=True)
class JobSettings:
    """What the job itself needs to know of its attributes."""

    copies: int = 1
    priority: int = 50
    hold: Hold | None = None


def _integer(name: str, value: str) -> Attribute:
    return make.integer(name, _number(name, value))


def _number(name: str, value: str) -> int:
    if not value.isdigit():
        raise Refusal("bad-option", f"-o {name}: {value!r} is not a number")
    return int(value)


def _keyword(name: str, value: str) -> Attribute:
    return make.keyword(name, *value.split(","))


def _enum(words: dict[str, int]) -> Callable[[str, str], Attribute]:
    def made(name: str, value: str) -> Attribute:
        numbers = []
        for word in value.split(","):
            if word not in words and not word.isdigit():
                raise Refusal("bad-option", f"-o {name}: {word!r} is none of {', '.join(words)}")
            numbers.append(words.get(word) or int(word))
        return make.enum(name, *numbers)

    return made


def _ranges(name: str, value: str) -> Attribute:
    found = []
    for part in value.split(","):
        low, dash, high = part.partition("-")
        first = _number(name, low)
        found.append(Range(first, _number(name, high) if dash else first))
    return make.range_(name, *found)


OPTIONS: Final[dict[str, Callable[[str, str], Attribute]]] = {
    "copies": _integer,
    "finishings": _enum(_FINISHINGS),
    "job-hold-until": _keyword,
    "job-priority": _integer,
    "media": _keyword,
    "media-source": _keyword,
    "media-type": _keyword,
    "multiple-document-handling": _keyword,
    "number-up": _integer,
    "orientation-requested": _enum(_ORIENTATION),
    "output-bin": _keyword,
    "page-ranges": _ranges,
    "print-color-mode": _keyword,
    "print-content-optimize": _keyword,
    "print-quality": _enum(_QUALITY),
    "print-rendering-intent": _keyword,
    "print-scaling": _keyword,
    "sides": _keyword,
}
"""Every option, and how its value is read."""


def job_attributes(options: tuple[str, ...]) -> tuple[bytes, JobSettings]:
    """The attributes, encoded, and what the job needs of them.

    Raises:
        Refusal: names the option that is unknown or wrong.
    """
    found: dict[str, Attribute] = {}
    for option in options:
        name, equals, value = option.partition("=")
        if not equals or not value:
            raise Refusal("bad-option", f"-o {option}: write NAME=VALUE")
        if name not in OPTIONS:
            raise Refusal("bad-option", f"-o {name}: there is no such option; there are {', '.join(OPTIONS)}")
        found[name] = OPTIONS[name](name, value)
    return encode_attributes(found.values()), JobSettings(
        copies=_chosen(found, "copies", 1),
        priority=_chosen(found, "job-priority", 50),
        hold=_hold(found.get("job-hold-until")),
    )


def _chosen(found: dict[str, Attribute], name: str, default: int) -> int:
    return found[name].integers()[0] if name in found else default


def _hold(attribute: Attribute | None) -> Hold | None:
    word = attribute.strings()[0] if attribute else "no-hold"
    if word not in ("no-hold", "indefinite"):
        raise Refusal("bad-option", f"-o job-hold-until: {word!r} is neither no-hold nor indefinite")
    return Hold(Reason.HOLD_UNTIL, keyword=word) if word == "indefinite" else None
