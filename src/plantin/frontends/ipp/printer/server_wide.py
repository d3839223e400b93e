"""Printer attributes that every queue of this server has alike: what the server itself can do.

RFC 8011 section 5.4, RFC 3380, RFC 3995, RFC 3996, PWG 5100.1, .3, .7, .9, .11, .13, .16, CUPS
"Implementation of IPP". A device that claims any of these is not believed: the server does them.
"""

from collections.abc import Iterable
from typing import Final

from plantin.core.limits import LEASE_SECONDS_MAX, PAGE_RANGES_MAX
from plantin.frontends.ipp.context import IppSettings
from plantin.frontends.ipp.holding import HOLD_KEYWORDS
from plantin.frontends.ipp.settable import JOB_SETTABLE, PRINTER_SETTABLE
from plantin.ipp import Attribute, Range
from plantin.ipp.attributes import (
    boolean,
    charset,
    enum,
    integer,
    keyword,
    language,
    name,
    no_value,
    range_,
    uri_scheme,
)
from plantin.store.commands.config import ERROR_POLICIES
from plantin.store.queries.subscriptions import NOTIFY_EVENTS

IPP_VERSIONS: Final = ("1.0", "1.1", "2.0", "2.1", "2.2")
FEATURES: Final = (
    "ipp-everywhere",
    "ipp-everywhere-server",
    "document-object",
    "job-release",
    "page-overrides",
    "subscription-object",
)
WHICH_JOBS: Final = (
    "completed",
    "not-completed",
    "aborted",
    "all",
    "canceled",
    "pending",
    "pending-held",
    "processing",
    "processing-stopped",
    "proof-print",
    "saved",
)
PASSWORD_ENCRYPTIONS: Final = ("none", "md5", "sha", "sha2-224", "sha2-256", "sha2-384", "sha2-512")
PASSWORD_OCTETS_MAX: Final = 255
RELEASE_ACTIONS: Final = ("none", "job-password", "owner-authorized")
CLIENT_INFO_MAX: Final = 4
INTEGER_MAX: Final = 2_147_483_647
IDENTIFY_ACTIONS: Final = ("display", "flash", "sound")
COMPRESSIONS: Final = ("none", "gzip", "deflate")
JOB_CREATION: Final = (
    "copies",
    "document-metadata",
    "document-name",
    "finishings",
    "finishings-col",
    "ipp-attribute-fidelity",
    "job-account-id",
    "job-account-type",
    "job-accounting-user-id",
    "job-cancel-after",
    "job-delay-output-until",
    "job-delay-output-until-time",
    "job-hold-until",
    "job-hold-until-time",
    "job-mandatory-attributes",
    "job-message-to-operator",
    "job-name",
    "job-password",
    "job-password-encryption",
    "job-priority",
    "job-retain-until",
    "job-sheets",
    "media",
    "media-col",
    "multiple-document-handling",
    "number-up",
    "orientation-requested",
    "output-bin",
    "output-device",
    "overrides",
    "page-ranges",
    "print-color-mode",
    "print-content-optimize",
    "print-quality",
    "print-rendering-intent",
    "print-scaling",
    "printer-resolution",
    "sides",
)
"""job-creation-attributes-supported. Each is done here, sent on to the device, or kept with the job."""


def server_wide(settings: IppSettings, operations: Iterable[int]) -> list[Attribute]:
    """The attributes, in the order in which they are sent."""
    return [
        charset("charset-configured", "utf-8"),
        charset("charset-supported", "utf-8"),
        language("natural-language-configured", "en"),
        language("generated-natural-language-supported", "en"),
        keyword("ipp-versions-supported", *IPP_VERSIONS),
        keyword("ipp-features-supported", *FEATURES),
        enum("operations-supported", *operations),
        keyword("compression-supported", *COMPRESSIONS),
        keyword("printer-get-attributes-supported", "document-format", "first-index", "limit"),
        boolean("preferred-attributes-supported", False),
        *_jobs(settings),
        *_passwords(),
        *_documents(settings),
        *_subscriptions(settings),
        *_administration(),
        language("printer-strings-languages-supported", "en"),
        *_accounting(),
    ]


def _jobs(settings: IppSettings) -> list[Attribute]:
    time_out = settings.multiple_operation_time_out_s
    return [
        keyword("which-jobs-supported", *WHICH_JOBS),
        boolean("job-ids-supported", True),
        keyword("job-settable-attributes-supported", *sorted(JOB_SETTABLE)),
        keyword("job-creation-attributes-supported", *JOB_CREATION),
        boolean("job-mandatory-attributes-supported", True),
        keyword("job-spooling-supported", "spool"),
        range_("job-cancel-after-supported", Range(1, INTEGER_MAX)),
        keyword("job-hold-until-supported", *HOLD_KEYWORDS),
        keyword("job-hold-until-default", "no-hold"),
        boolean("job-hold-until-time-supported", True),
        keyword("job-delay-output-until-supported", "no-delay-output", *HOLD_KEYWORDS[1:]),
        keyword("job-delay-output-until-default", "no-delay-output"),
        range_("job-delay-output-until-interval-supported", Range(0, INTEGER_MAX)),
        range_("job-delay-output-until-time-supported", Range(0, INTEGER_MAX)),
        keyword("job-retain-until-supported", "none"),
        keyword("job-retain-until-default", "none"),
        integer("job-retain-until-interval-default", 0),
        range_("job-retain-until-interval-supported", Range(0, 0)),
        boolean("job-retain-until-time-supported", False),
        integer("job-priority-supported", 100),
        integer("job-priority-default", 50),
        range_("job-k-octets-supported", Range(0, INTEGER_MAX)),
        range_("job-impressions-supported", Range(0, INTEGER_MAX)),
        range_("job-media-sheets-supported", Range(0, INTEGER_MAX)),
        keyword("job-privacy-attributes", "default"),
        keyword("job-privacy-scope", "default"),
        keyword("job-history-attributes-configured", "all"),
        keyword("job-history-attributes-supported", "all"),
        integer("job-history-interval-configured", min(settings.history_s, INTEGER_MAX)),
        range_("job-history-interval-supported", Range(0, INTEGER_MAX)),
        keyword("job-release-action-supported", *RELEASE_ACTIONS),
        keyword("job-release-action-default", "none"),
        boolean("multiple-document-jobs-supported", True),
        integer("multiple-operation-time-out", time_out),
        keyword("multiple-operation-time-out-action", settings.multiple_operation_time_out_action),
        integer("max-page-ranges-supported", PAGE_RANGES_MAX),
        integer("max-client-info-supported", CLIENT_INFO_MAX),
        keyword(
            "client-info-supported",
            "client-name",
            "client-patches",
            "client-string-version",
            "client-type",
            "client-version",
        ),
        enum("printer-requested-client-type", 3, 4, 5, 6),
        boolean("requesting-user-uri-supported", True),
        uri_scheme("requesting-user-uri-schemes-supported", "mailto", "urn"),
    ]


def _passwords() -> list[Attribute]:
    return [
        integer("job-password-supported", PASSWORD_OCTETS_MAX),
        range_("job-password-length-supported", Range(4, PASSWORD_OCTETS_MAX)),
        keyword("job-password-encryption-supported", *PASSWORD_ENCRYPTIONS),
        keyword("job-password-repertoire-supported", "vendor_any", "iana_utf-8_any"),
        keyword("job-password-repertoire-configured", "iana_utf-8_any"),
    ]


def _documents(settings: IppSettings) -> list[Attribute]:
    schemes = [uri_scheme("reference-uri-schemes-supported", "http", "https")] if settings.print_uri else []
    return [
        *schemes,
        keyword(
            "document-creation-attributes-supported",
            "compression",
            "document-format",
            "document-metadata",
            "document-name",
            "document-natural-language",
            *(("document-uri",) if settings.print_uri else ()),
        ),
        boolean("document-format-varying-attributes-supported", False),
        integer("document-password-supported", 0),
        charset("document-charset-default", "utf-8"),
        charset("document-charset-supported", "utf-8"),
        language("document-natural-language-default", "en"),
        language("document-natural-language-supported", "en"),
    ]


def _subscriptions(settings: IppSettings) -> list[Attribute]:
    return [
        keyword("notify-events-default", "job-completed"),
        keyword("notify-events-supported", "none", "all", *sorted(NOTIFY_EVENTS)),
        integer("notify-lease-duration-default", settings.notify_lease_default_s),
        range_("notify-lease-duration-supported", Range(0, LEASE_SECONDS_MAX)),
        integer("notify-max-events-supported", len(NOTIFY_EVENTS) + 2),
        keyword("notify-pull-method-supported", "ippget"),
        keyword(
            "notify-attributes-supported",
            "printer-state-change-time",
            "notify-lease-expiration-time",
            "notify-subscriber-user-name",
        ),
        integer("ippget-event-life", settings.ippget_event_life_s),
    ]


def _administration() -> list[Attribute]:
    return [
        keyword("printer-settable-attributes-supported", *sorted(PRINTER_SETTABLE)),
        name("printer-op-policy", "default"),
        name("printer-op-policy-supported", "default"),
        name("printer-error-policy-supported", *ERROR_POLICIES),
        name("port-monitor", "none"),
        name("port-monitor-supported", "none"),
        keyword("identify-actions-default", "display"),
        keyword("identify-actions-supported", *IDENTIFY_ACTIONS),
        keyword("printer-commands", "none"),
        keyword("auth-info-required", "none"),
        integer("job-k-limit", 0),
        integer("job-page-limit", 0),
        integer("job-quota-period", 0),
        boolean("printer-is-temporary", False),
        keyword("printer-kind", "document"),
    ]


def _accounting() -> list[Attribute]:
    return [
        boolean("job-account-id-supported", True),
        no_value("job-account-id-default"),
        boolean("job-accounting-user-id-supported", True),
        no_value("job-accounting-user-id-default"),
        keyword("job-account-type-supported", "general", "group", "none"),
        keyword("job-account-type-default", "none"),
    ]
