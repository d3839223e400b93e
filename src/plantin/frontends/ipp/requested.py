"""The requested-attributes operation attribute (RFC 8011 sections 4.2.5.1, 4.2.6.1, 4.3.4.1).

A request names attributes and groups of them. ``all`` leaves media-col-database out, which is huge and has to
be asked for by its name (PWG 5100.7); ``none`` gives no attributes at all.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

PRINTER_GROUPS: Final = frozenset(
    {"all", "printer-description", "job-template", "printer-defaults", "subscription-template", "none"}
)
JOB_GROUPS: Final = frozenset({"all", "job-description", "job-status", "job-template", "none"})
DOCUMENT_GROUPS: Final = frozenset(
    {"all", "document-description", "document-status", "document-template", "none"}
)

JOB_TEMPLATE: Final = frozenset(
    """
    copies cover-back cover-front document-metadata feed-orientation finishings finishings-col
    font-name-requested font-size-requested force-front-side imposition-template insert-sheet job-account-id
    job-account-type job-accounting-output-bin job-accounting-sheets job-accounting-user-id job-cancel-after
    job-complete-before job-complete-before-time job-copies job-cover-back job-cover-front
    job-delay-output-until job-delay-output-until-time job-error-action job-error-sheet job-finishings
    job-finishings-col job-hold-until job-hold-until-time job-message-to-operator job-pages-per-set
    job-phone-number job-priority job-recipient-name job-retain-until job-retain-until-interval
    job-retain-until-time job-sheet-message job-sheets job-sheets-col materials-col media media-col
    media-input-tray-check media-overprint multiple-document-handling number-up number-of-retries
    orientation-requested output-bin output-device overrides page-delivery page-order-received page-ranges
    pdl-init-file presentation-direction-number-up print-color-mode print-content-optimize
    print-darkness print-rendering-intent print-quality print-scaling print-speed printer-resolution
    proof-copies proof-print resource-ids separator-sheets sheet-collate sides
    x-image-position x-image-shift x-side1-image-shift x-side2-image-shift
    y-image-position y-image-shift y-side1-image-shift y-side2-image-shift
    """.split()
)
"""Names of job template attributes, registered by the PWG; those that end in a suffix below describe them."""

_ON_REQUEST_ONLY: Final = frozenset({"media-col-database", "finishings-col-database"})
_TEMPLATE_SUFFIXES: Final = ("-default", "-supported", "-ready", "-database", "-actual")


@lru_cache(maxsize=4096)
def is_printer_template(name: str) -> bool:
    """Whether a printer attribute belongs to the group "job-template"."""
    for suffix in _TEMPLATE_SUFFIXES:
        if name.endswith(suffix):
            return name.removesuffix(suffix) in JOB_TEMPLATE
    return False


@dataclass(frozen=True, slots=True)
class Wanted:
    """A set of requested attributes; equal requests are the same object, so that it can be a cache's key."""

    names: frozenset[str]
    groups: frozenset[str]

    def __contains__(self, name: object) -> bool:
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


def wanted(values: Sequence[str], groups: frozenset[str], default: Sequence[str]) -> Wanted:
    """What a request asks for.

    Args:
        values: the requested-attributes; empty: not sent.
        groups: the group names that mean something in this operation.
        default: what is sent when nothing was requested.
    """
    return _wanted(tuple(values or default), groups)
