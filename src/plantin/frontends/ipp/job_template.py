"""The job template attributes of a request, held against what the queue can do (RFC 8011 sections 4.1.7,
5.2).

A wrong syntax is a bad request that names the attribute. A value that is not supported is left out and
reported, unless ipp-attribute-fidelity or job-mandatory-attributes make it a refusal. libcups sends back
every ``*-default`` it was told, so that an attribute is there does not mean that somebody asked for it.
"""

from collections.abc import Collection as Collection_
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Final

from plantin.frontends.ipp.holding import UnknownHold, hold_until
from plantin.frontends.ipp.ppd_options import translated
from plantin.frontends.ipp.printer.profile import Profile
from plantin.frontends.ipp.refusals import BadRequest, Unsupported
from plantin.ipp import Attribute, Collection, DateTime, Group, LangStr, Range, Tag, Value, is_out_of_band
from plantin.ipp.attributes import collection, keyword, unsupported
from plantin.ipp.blobs import pack, unpack
from plantin.ipp.media import media_name_for_size, media_size, pwg_media_name
from plantin.ipp.registry import JOB_TEMPLATE, check

_REMEMBERED_MAX: Final = 256
_NOT_OURS: Final = frozenset(
    {
        "document-charset",
        "document-format",
        "document-name",
        "document-natural-language",
        "identify-actions",
        "job-name",
        "job-originating-user-name",
        "job-release-action",
        "notify-events",
        "notify-lease-duration",
    }
)
"""CUPS clients put these into the job group, most because there is a ``-default`` of that name; they are no
template attributes."""
_TRUE: Final = frozenset({"true", "yes", "on"})
_FALSE: Final = frozenset({"false", "no", "off"})
_ANY_VALUE: Final = frozenset(
    {
        "document-metadata",
        "output-device",
        "job-account-id",
        "job-accounting-user-id",
        "job-message-from-operator",
        "job-message-to-operator",
        "job-recipient-name",
        "job-sheet-message",
    }
)
"""Kept with the job whatever they say."""
_SEPARATE: Final = frozenset({"job-hold-until-time", "job-delay-output-until-time"})
_TIME_OF_DAY: Final = 0


@dataclass(frozen=True, slots=True)
class Template:
    """What a job asks for, as far as the queue can do it."""

    attributes: tuple[Attribute, ...] = ()
    encoded: bytes = b""
    """``attributes``, for the job's row."""
    unsupported: tuple[Attribute, ...] = ()
    """For the unsupported group: the attribute with the value that is not supported, or with no value at all
    when the attribute is not known."""
    copies: int = 1
    priority: int = 50
    hold_keyword: str = ""
    """job-hold-until, or job-delay-output-until; empty: not asked for."""
    hold_time: DateTime | None = None
    output_device: str = ""


EMPTY: Final = Template()


@dataclass(slots=True)
class _Work:
    kept: dict[str, Attribute] = field(default_factory=dict)
    refused: list[Attribute] = field(default_factory=list)


def read_template(
    group: Group | Iterable[Attribute], profile: Profile, server: Mapping[str, Attribute]
) -> Template:
    """What a job group asks for.

    Args:
        profile: what the queue's devices can do.
        server: what the server does for every queue (``*-supported``).

    Raises:
        BadRequest: an attribute has a syntax that it cannot have, or is there twice.
    """
    attributes = tuple(group)
    known = profile.templates.get(attributes)
    if known is not None:
        return known
    template = _read(attributes, profile, server)
    if len(profile.templates) >= _REMEMBERED_MAX:
        profile.templates.clear()
    profile.templates[attributes] = template
    return template


def _read(attributes: tuple[Attribute, ...], profile: Profile, server: Mapping[str, Attribute]) -> Template:
    work = _Work()
    seen: set[str] = set()
    for original in attributes:
        attribute = original
        if attribute.name in seen:
            raise BadRequest(f"{attribute.name} is there twice", (attribute,))
        seen.add(attribute.name)
        if attribute.name in _NOT_OURS:
            continue
        if attribute.name not in JOB_TEMPLATE:
            meant = translated(attribute)
            if meant is None:
                work.refused.append(unsupported(attribute.name))
                continue
            attribute = meant
        _take(attribute, profile, server, work)
    if "media-col" in work.kept:
        work.kept.pop("media", None)
    for default in unpack_defaults(profile.defaults):
        if default.name not in seen and not (default.name == "media" and "media-col" in seen):
            work.kept.setdefault(default.name, default)
    return _template(work)


def unpack_defaults(defaults: bytes) -> list[Attribute]:
    """An administrator's ``*-default`` attributes as the job attributes that they stand for."""
    return [
        attribute.renamed(attribute.name.removesuffix("-default"))
        for attribute in unpack(defaults)
        if not attribute.out_of_band
    ]


def _take(attribute: Attribute, profile: Profile, server: Mapping[str, Attribute], work: _Work) -> None:
    name = attribute.name
    if is_out_of_band(attribute.tag):  # "no value" asks for nothing
        return
    if name == "media":
        attribute = _one_medium(attribute, profile)
    syntax = JOB_TEMPLATE[name]
    allowed = {tag for alternative in syntax.alternatives for tag in alternative.tags}
    if attribute.tag not in allowed and attribute.tag in _STRINGS:
        attribute = _from_words(attribute, allowed)
    problem = check(attribute, syntax, cut_text=True)
    if problem is not None:
        wrong_tag = attribute.tag not in allowed and attribute.tag not in _STRINGS
        if wrong_tag or (len(attribute.values) > 1 and not syntax.multiple):
            raise BadRequest(problem.reason, (attribute,))
        work.refused.append(attribute)
        return
    if name in _ANY_VALUE or name in _SEPARATE:
        work.kept[name] = attribute
        return
    if name == "media":
        kept, refused = _media(attribute, profile)
        medium = _of_media_key(attribute, profile) if kept is None else None
        if medium is not None:
            work.kept.setdefault("media-col", medium)
            return
    elif name == "media-col":
        kept, refused = _media_col(attribute, profile)
    elif name == "overrides":
        kept, refused = _overrides(attribute, profile)
    elif name == "page-ranges":
        kept, refused = _page_ranges(attribute, profile)
    elif name in ("job-delay-output-until", "job-hold-until"):
        kept, refused = _hold(attribute)
    else:
        supported = profile.attributes.get(f"{name}-supported") or server.get(f"{name}-supported")
        kept, refused = _held_against(attribute, supported)
    if kept is not None:
        work.kept[name] = kept
    if refused is not None:
        work.refused.append(refused)


_STRINGS: Final = frozenset({Tag.KEYWORD, Tag.NAME, Tag.NAME_WITH_LANGUAGE, Tag.TEXT})


def _from_words(attribute: Attribute, allowed: Collection_[int]) -> Attribute:
    """libcups sends options that it does not know as names: the same value in the syntax that is due."""
    words = attribute.strings()
    numbers = next((tag for tag in (Tag.INTEGER, Tag.ENUM) if tag in allowed), None)
    if numbers is not None and all(word.isascii() and word.isdigit() and len(word) < 10 for word in words):
        return Attribute(attribute.name, numbers, tuple(int(word) for word in words))
    if Tag.BOOLEAN in allowed and all(word in _TRUE | _FALSE for word in words):
        return Attribute(attribute.name, Tag.BOOLEAN, tuple(word in _TRUE for word in words))
    for tag in (Tag.KEYWORD, Tag.NAME):
        if tag in allowed:
            return Attribute(attribute.name, tag, words)
    return attribute


_Verdict = tuple[Attribute | None, Attribute | None]
"""What is kept and what is refused of an attribute."""


def _held_against(attribute: Attribute, supported: Attribute | None) -> _Verdict:
    if supported is None or supported.out_of_band:
        return None, unsupported(attribute.name)
    if supported.tag == Tag.BOOLEAN:
        return (attribute, None) if supported.first is True else (None, attribute)
    good = tuple(value for value in attribute.values if _supports(supported, value))
    bad = tuple(value for value in attribute.values if not _supports(supported, value))
    return _part(attribute, good), _part(attribute, bad)


def _part(attribute: Attribute, values: tuple[Value, ...]) -> Attribute | None:
    return Attribute(attribute.name, attribute.tag, values) if values else None


def _supports(supported: Attribute, value: object) -> bool:
    if isinstance(value, Collection):
        return True  # members of other collections are the device's to judge
    word = value.text if isinstance(value, LangStr) else value
    if supported.tag == Tag.RANGE:
        return any(isinstance(one, Range) and word in one for one in supported.values)
    if supported.name == "job-priority-supported":
        return isinstance(word, int) and 1 <= word <= 100
    return word in supported.values


def _one_medium(attribute: Attribute, profile: Profile) -> Attribute:
    """CUPS clients say size, tray and type at once (``lp -o media=A4,Upper``): what is known goes first."""
    words = attribute.strings()
    if len(words) < 2 or len(words) != len(attribute.values):
        return attribute
    known = (word for word in words if _media(keyword("media", word), profile)[0] is not None)
    return keyword("media", next(known, words[0]))


def _media(attribute: Attribute, profile: Profile) -> _Verdict:
    asked = str(attribute.first)
    supported = profile.strings("media-supported")
    if asked in supported:
        return attribute, None
    name = pwg_media_name(asked)
    if name is not None and (name in supported or _fits_custom(name, supported)):
        return keyword("media", name), None
    if asked in profile.strings("media-source-supported"):
        return attribute, None
    return None, attribute


def _of_media_key(attribute: Attribute, profile: Profile) -> Attribute | None:
    """Print dialogs send the media-key that libcups found in media-col-database as media."""
    asked = attribute.first
    for name in ("media-col-ready", "media-col-database"):
        known = profile.attributes.get(name)
        for medium in known.collections() if known is not None else ():
            if medium.first("media-key") == asked:
                chosen = tuple(member for member in medium.attributes if member.name in _CHOSEN_BY_KEY)
                return collection("media-col", Collection(chosen))
    return None


_CHOSEN_BY_KEY: Final = frozenset({"media-size", "media-source", "media-type"})


def _fits_custom(name: str, supported: tuple[str, ...]) -> bool:
    size = media_size(name)
    least = next((media_size(one) for one in supported if one.startswith("custom_min")), None)
    most = next((media_size(one) for one in supported if one.startswith("custom_max")), None)
    if size is None or least is None or most is None:
        return False
    return least.x <= size.x <= most.x and least.y <= size.y <= most.y


def _media_col(attribute: Attribute, profile: Profile) -> _Verdict:
    """Members that are not supported are left out; a size that is not, refuses the whole."""
    asked = attribute.first
    if not isinstance(asked, Collection):
        return None, attribute
    known = profile.strings("media-col-supported")
    kept: list[Attribute] = []
    refused: list[Attribute] = []
    for member in asked.attributes:
        if member.name == "media-key" and len(asked.attributes) > 1:
            continue  # it only names what the other members say, and devices rarely list it as supported
        (kept if member.name in known and _member_fits(member, profile) else refused).append(member)
    if any(member.name in ("media-size", "media-size-name") for member in refused):
        return None, attribute
    left = collection("media-col", Collection(tuple(kept))) if kept else None
    return left, collection("media-col", Collection(tuple(refused))) if refused else None


def _member_fits(member: Attribute, profile: Profile) -> bool:
    if member.name == "media-size":
        size = member.first
        if not isinstance(size, Collection):
            return False
        x, y = size.first("x-dimension"), size.first("y-dimension")
        if not isinstance(x, int) or not isinstance(y, int) or x <= 0 or y <= 0:
            return False
        supported = profile.strings("media-supported")
        name = media_name_for_size(x, y)
        return name in supported or _fits_custom(name, supported) or _near(x, y, supported)
    if member.name == "media-size-name":
        return member.first in profile.strings("media-supported")
    supported_values = profile.attributes.get(f"{member.name}-supported")
    return supported_values is None or all(_supports(supported_values, value) for value in member.values)


def _near(x: int, y: int, supported: tuple[str, ...]) -> bool:
    for name in supported:
        size = media_size(name)
        if size is not None and abs(size.x - x) <= 100 and abs(size.y - y) <= 100:
            return True
    return False


def _overrides(attribute: Attribute, profile: Profile) -> _Verdict:
    """Each override (PWG 5100.6) with the members that the printer overrides; the others are refused."""
    known = {"pages", "document-number", "document-numbers", *profile.strings("overrides-supported")}
    kept, refused = [], []
    for one in attribute.values:
        if isinstance(one, Collection):
            kept.append(Collection(tuple(member for member in one.attributes if member.name in known)))
            refused += [member for member in one.attributes if member.name not in known]
    left = collection(attribute.name, *kept) if kept else None
    return left, collection(attribute.name, Collection(tuple(refused))) if refused else None


def _page_ranges(attribute: Attribute, profile: Profile) -> _Verdict:
    able = profile.attributes.get("page-ranges-supported")
    if able is None or able.first is not True:
        return None, unsupported(attribute.name)
    last = 0
    for value in attribute.values:
        if not isinstance(value, Range) or value.lower <= last or value.upper < value.lower:
            return None, attribute
        last = value.upper
    return attribute, None


def _hold(attribute: Attribute) -> _Verdict:
    word = attribute.strings()[0] if attribute.strings() else ""
    try:
        hold_until(word, _TIME_OF_DAY)
    except UnknownHold:
        return None, attribute
    return attribute, None


def _template(work: _Work) -> Template:
    kept = work.kept
    hold = _word(kept.pop("job-hold-until", None))
    delay = _word(kept.pop("job-delay-output-until", None))
    moment = kept.pop("job-hold-until-time", None) or kept.pop("job-delay-output-until-time", None)
    kept.pop("job-delay-output-until-time", None)
    time = moment.first if moment is not None else None
    priority = _number(kept.pop("job-priority", None), 50)
    attributes = tuple(kept.values())
    return Template(
        attributes,
        pack(attributes),
        tuple(work.refused),
        copies=_number(kept.get("copies"), 1),
        priority=priority,
        hold_keyword=hold if hold not in ("", "no-hold") else delay or hold,
        hold_time=time if isinstance(time, DateTime) else None,
        output_device=_word(kept.get("output-device")),
    )


def _word(attribute: Attribute | None) -> str:
    words = attribute.strings() if attribute is not None else ()
    return words[0] if words else ""


def _number(attribute: Attribute | None, otherwise: int) -> int:
    numbers = attribute.integers() if attribute is not None else ()
    return numbers[0] if numbers else otherwise


def require_supported(template: Template, *, fidelity: bool, mandatory: Iterable[str]) -> None:
    """Refuses the job when something that must be done cannot be (RFC 8011 section 4.2.1.1, PWG 5100.7).

    Args:
        fidelity: ipp-attribute-fidelity.
        mandatory: job-mandatory-attributes.

    Raises:
        Unsupported: names the attributes.
    """
    if not template.unsupported:
        return
    names = frozenset(mandatory)
    failing = [a for a in template.unsupported if fidelity or a.name in names]
    if failing:
        listed = ", ".join(attribute.name for attribute in failing[:5])
        raise Unsupported(f"not supported, and the job insists on it: {listed}", failing)
