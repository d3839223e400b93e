"""What operators may set on a queue over IPP: Set-Printer-Attributes, CUPS-Add-Modify-Printer and -Class.

A request is read whole before anything is changed. ``lpadmin -R`` sends an attribute with the
delete-attribute tag, which takes it back to what it was by itself.
"""

from dataclasses import dataclass, field
from typing import Any, Final

from plantin.core.names import NAME_OCTETS_MAX
from plantin.frontends.ipp.job_template import read_template
from plantin.frontends.ipp.ppd_options import translated
from plantin.frontends.ipp.printer.profile import Profile
from plantin.frontends.ipp.refusals import BadRequest
from plantin.frontends.ipp.settable import PRINTER_DEFAULTS_SETTABLE, PRINTER_TEXT_SETTABLE
from plantin.frontends.ipp.words import message
from plantin.ipp import Attribute, Group, LangStr, Tag
from plantin.ipp.attributes import not_settable
from plantin.ipp.blobs import pack, unpack
from plantin.store.commands.config import ERROR_POLICIES

_USERS_MAX: Final = 1_000
_STOPPED: Final = 5
_NOTHING: Final = {
    "job-sheets-default": ("none", "none"),
    "job-k-limit": (0,),
    "job-page-limit": (0,),
    "job-quota-period": (0,),
    "port-monitor": ("none",),
    "printer-op-policy": ("default",),
    "auth-info-required": ("none",),
    "job-hold-until-default": ("no-hold",),
    "job-priority-default": (50,),
    "printer-is-temporary": (False,),
}
"""Settings that have one value here; that value is taken, others are reported as unsupported."""


@dataclass(slots=True)
class Settings:
    """What shall be set, and what cannot be."""

    fields: dict[str, Any] = field(default_factory=dict)
    """Settings of the queue, by the names that the store has for them."""
    unsupported: list[Attribute] = field(default_factory=list)
    fixed: list[Attribute] = field(default_factory=list)
    """Attributes that cannot be set at all, with the tag not-settable."""


def _words(attribute: Attribute) -> tuple[str, ...]:
    return tuple(
        value.text if isinstance(value, LangStr) else str(value)
        for value in attribute.values
        if not isinstance(value, bytes)
    )


def read_texts_and_defaults(
    group: Group, profile: Profile, server: dict[str, Attribute], present: bytes
) -> Settings:
    """Set-Printer-Attributes: texts and ``*-default`` attributes.

    Args:
        present: the defaults that the queue has now, encoded.
    """
    settings = Settings()
    defaults = {attribute.name: attribute for attribute in unpack(present)}
    for attribute in group:
        if not _read_common(attribute, settings, defaults, profile, server):
            settings.fixed.append(not_settable(attribute.name))
    _put_defaults(settings, defaults, present)
    return settings


def _put_defaults(settings: Settings, defaults: dict[str, Attribute], present: bytes) -> None:
    packed = pack(defaults.values())
    if packed != present:
        settings.fields["defaults"] = packed


def _read_common(
    attribute: Attribute,
    settings: Settings,
    defaults: dict[str, Attribute],
    profile: Profile,
    server: dict[str, Attribute],
) -> bool:
    """Takes a text or a default; False when the attribute is neither."""
    name = attribute.name
    deleted = attribute.tag == Tag.DELETE_ATTRIBUTE
    column = PRINTER_TEXT_SETTABLE.get(name)
    if column is not None:
        words = _words(attribute)
        settings.fields[column] = "" if deleted or not words else message(words[0])
        return True
    if name in PRINTER_DEFAULTS_SETTABLE:
        if deleted or attribute.out_of_band:
            defaults.pop(name, None)
        else:
            _take_default(attribute, settings, defaults, profile, server)
        return True
    return False


def _take_default(
    attribute: Attribute,
    settings: Settings,
    defaults: dict[str, Attribute],
    profile: Profile,
    server: dict[str, Attribute],
) -> None:
    """A default is good when a job could ask for it."""
    asked = attribute.renamed(attribute.name.removesuffix("-default"))
    try:
        template = read_template([asked], profile, server)
    except BadRequest:
        settings.unsupported.append(attribute)
        return
    known = next((one for one in template.attributes if one.name == asked.name), None)
    if template.unsupported or known is None:
        settings.unsupported.append(attribute)
        return
    defaults[attribute.name] = known.renamed(attribute.name)


def read_printer_group(
    group: Group, profile: Profile, server: dict[str, Attribute], present: bytes
) -> Settings:
    """CUPS-Add-Modify-Printer: everything that lpadmin sends, apart from device-uri and member-uris."""
    settings = Settings()
    defaults = {attribute.name: attribute for attribute in unpack(present)}
    for attribute in group:
        if attribute.name in ("device-uri", "member-uris", "printer-state-message", "ppd-name"):
            continue
        meant = translated(attribute)
        known = attribute if meant is None else meant.renamed(f"{meant.name}-default")
        if _read_common(known, settings, defaults, profile, server):
            continue
        if not _read_cups(attribute, settings):
            settings.unsupported.append(attribute)
    _put_defaults(settings, defaults, present)
    return settings


def _read_cups(attribute: Attribute, settings: Settings) -> bool:
    """Takes one of lpadmin's own; False when it is not supported."""
    name, first, fields = attribute.name, attribute.first, settings.fields
    deleted = attribute.tag == Tag.DELETE_ATTRIBUTE
    match name:
        case "printer-is-accepting-jobs" if isinstance(first, bool):
            fields["accepting"] = first
        case "printer-state" if first in (3, _STOPPED):
            fields["enabled"] = first != _STOPPED
        case "printer-is-shared" if isinstance(first, bool):
            fields["shared"] = first
        case "printer-error-policy" if first in ERROR_POLICIES:
            fields["error_policy"] = first
        case "printer-error-policy" if deleted:
            fields["error_policy"] = "retry-current-job"
        case "requesting-user-name-allowed":
            fields["allowed_users"] = () if deleted else _users(attribute, "all")
            fields["denied_users"] = ()
        case "requesting-user-name-denied":
            fields["denied_users"] = () if deleted else _users(attribute, "none")
            fields["allowed_users"] = ()
        case _:
            return deleted or (name in _NOTHING and attribute.values == _NOTHING[name])
    return True


def _users(attribute: Attribute, nobody_excepted: str) -> tuple[str, ...]:
    """The names of a list; ``allow:all`` and ``deny:none`` are empty lists."""
    names = tuple(dict.fromkeys(word for word in _words(attribute) if word))
    if len(names) > _USERS_MAX:
        raise BadRequest(f"{attribute.name} has {len(names)} names; {_USERS_MAX} is the most")
    if any(len(name.encode()) > NAME_OCTETS_MAX * 2 for name in names):
        raise BadRequest(f"{attribute.name} has a name that is too long")
    return () if names == (nobody_excepted,) else names
