"""Every limit of the product in one place, each tested at n and n+1 (law 6).

Codec limits stand in ``plantin.ipp.Limits`` and HTTP limits in ``frontends.http1.HttpLimits``, because those
rooms may be used without the rest; they are listed in ``docs/limits.md`` with these.
"""

from typing import Final

KIB: Final = 1024
MIB: Final = 1024 * KIB
GIB: Final = 1024 * MIB

JOB_NAME_OCTETS_MAX: Final = 255
USER_NAME_OCTETS_MAX: Final = 255
TEXT_OCTETS_MAX: Final = 1023
STATUS_MESSAGE_OCTETS_MAX: Final = 255
DOCUMENTS_PER_JOB_MAX: Final = 100
DOCUMENT_OCTETS_MAX: Final = 64 * GIB
BUNDLED_DOCUMENT_OCTETS_MAX: Final = 256 * KIB
"""Documents up to this size share a spool file with the others of their group commit."""
SPOOL_PIECE_OCTETS: Final = 256 * KIB
COPIES_MAX: Final = 9999
PAGE_RANGES_MAX: Final = 100
JOB_ATTRIBUTES_OCTETS_MAX: Final = 64 * KIB
JOBS_PER_ANSWER_MAX: Final = 10_000
"""Get-Jobs returns no more than this in one answer; the client pages with first-index."""
DEVICES_PER_QUEUE_MAX: Final = 1_000
DEVICE_FORMATS_MAX: Final = 64
"""Media types in the option `formats` of a device."""
STAMP_CHARACTERS_MAX: Final = 500
"""Of the text that a policy writes on every page; what is longer is cut."""
ACTIVE_JOBS_PER_DEVICE: Final = 64
"""Jobs that the queue manager keeps in memory for one device; the rest wait in the store."""
SUBSCRIPTIONS_MAX: Final = 1_000
"""Event subscriptions to queues and the server, unless `[ipp] subscriptions` says otherwise."""
SUBSCRIPTIONS_PER_JOB_MAX: Final = 10
LEASE_SECONDS_MAX: Final = 86_400
EVENTS_PER_ANSWER_MAX: Final = 1_000
GROUP_COMMIT_MAX: Final = 256
"""Units of work that share one transaction at most."""
RULES_TEXT_OCTETS_MAX: Final = 4 * MIB
"""One tariff, or one document of rules, as it is kept."""
