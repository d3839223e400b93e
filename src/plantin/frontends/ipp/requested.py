"""The requested-attributes operation attribute (RFC 8011 sections 4.2.5.1, 4.2.6.1, 4.3.4.1).

A request names attributes and groups of them. ``all`` leaves media-col-database out, which is huge and has to
be asked for by its name (PWG 5100.7); ``none`` gives no attributes at all.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Final

from plantin.ipp import registry

PRINTER_GROUPS: Final = frozenset(
    {"all", "printer-description", "job-template", "printer-defaults", "subscription-template", "none"}
)
JOB_GROUPS: Final = frozenset({"all", "job-description", "job-status", "job-template", "none"})
DOCUMENT_GROUPS: Final = frozenset(
    {"all", "document-description", "document-status", "document-template", "none"}
)

JOB_TEMPLATE: Final = frozenset(registry.JOB_TEMPLATE)
"""Names of job template attributes; a printer attribute of such a name and a suffix describes one."""

_MEDIA_MEMBERS: Final = frozenset(registry.MEMBERS["media-col"])
"""Members of media-col; ``media-size-supported`` and its kin belong to the job template (PWG 5100.14)."""
_ON_REQUEST_ONLY: Final = frozenset({"media-col-database"})
_OF_ONE_FORMAT: Final = {
    "application/pdf": "pdf-",
    "application/pclm": "pclm-",
    "image/jpeg": "jpeg-",
    "image/pwg-raster": "pwg-raster-",
    "image/urf": "urf-",
}
"""How the names of attributes begin that are about one format (PWG 5100.13, 5102.4, AirPrint)."""
_ANY_FORMAT: Final = frozenset({"", "application/octet-stream", "application/vnd.cups-raw"})
_TEMPLATE_SUFFIXES: Final = ("-default", "-supported", "-ready", "-database", "-actual")


@lru_cache(maxsize=4096)
def is_printer_template(name: str) -> bool:
    """Whether a printer attribute belongs to the group "job-template"."""
    # The members of media-col have their -supported attributes in this group too (PWG 5100.7 section 6.3).
    if name.startswith("media-"):
        return name.endswith(_TEMPLATE_SUFFIXES)
    for suffix in _TEMPLATE_SUFFIXES:
        if name.endswith(suffix):
            base = name.removesuffix(suffix)
            return base in JOB_TEMPLATE or base in _MEDIA_MEMBERS
    return False


@dataclass(frozen=True, slots=True)
class Wanted:
    """A set of requested attributes; equal requests are the same object, so that it can be a cache's key."""

    names: frozenset[str]
    groups: frozenset[str]
    left_out: tuple[str, ...] = ()
    """Beginnings of names that are not wanted all the same: they say nothing of the format in question."""

    def __contains__(self, name: object) -> bool:
        if self.left_out and isinstance(name, str) and name.startswith(self.left_out):
            return False
        if name in self.names:
            return True
        return isinstance(name, str) and bool(self.groups) and _grouped(self.groups, name)

    def filter(self, names: Iterable[str]) -> list[str]:
        """Those of ``names`` that are wanted, in their order."""
        return [name for name in names if name in self]


@lru_cache(maxsize=8192)
def _grouped(groups: frozenset[str], name: str) -> bool:
    if "all" in groups:
        return name not in _ON_REQUEST_ONLY
    template = is_printer_template(name) and name not in _ON_REQUEST_ONLY
    if "job-template" in groups and (template or name in JOB_TEMPLATE):
        return True
    if "printer-defaults" in groups and name.endswith("-default"):
        return True
    if "subscription-template" in groups and name.startswith("notify-"):
        return True
    if "printer-description" in groups:
        return not template and name not in _ON_REQUEST_ONLY
    if groups & {"job-description", "job-status", "document-description", "document-status"}:
        return name not in JOB_TEMPLATE
    return "document-template" in groups and name in JOB_TEMPLATE


@lru_cache(maxsize=1024)
def _wanted(values: tuple[str, ...], groups: frozenset[str]) -> Wanted:
    asked = frozenset(values)
    return Wanted(asked - groups, asked & groups - {"none"})


@lru_cache(maxsize=1024)
def for_format(asked: Wanted, document_format: str) -> Wanted:
    """What a request asks for that names a document-format (RFC 8011 section 4.2.5.1): without what is about
    other formats.

    Args:
        document_format: in lower case; one that any format may come under leaves nothing out.
    """
    if document_format in _ANY_FORMAT:
        return asked
    others = (names for one, names in _OF_ONE_FORMAT.items() if one != document_format)
    return replace(asked, left_out=tuple(others))


def wanted(values: Sequence[str], groups: frozenset[str], default: Sequence[str]) -> Wanted:
    """What a request asks for.

    Args:
        values: the requested-attributes; empty: not sent.
        groups: the group names that mean something in this operation.
        default: what is sent when nothing was requested.
    """
    return _wanted(tuple(values or default), groups)
