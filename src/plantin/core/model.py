"""The nouns that pass between rooms, as frozen records. Times are UTC milliseconds, sizes are octets.

A field names in its comment the IPP attribute it carries. Opaque ``bytes`` fields hold IPP-encoded attribute
groups (RFC 8010 section 3.1.3, without the leading group tag), which this room does not read.
"""

from dataclasses import dataclass, field
from enum import IntEnum, StrEnum

from plantin.core.ids import AttemptId, DeviceId, DocumentId, JobId, QueueId
from plantin.core.states import JobState


class QueueMode(StrEnum):
    """What happens to a job once it is safe."""

    DIRECT = "direct"
    """It goes to the queue's device, or to any member of the pool."""
    HOLD = "hold"
    """It waits until its owner or an operator releases it; then as direct."""
    FIND_ME = "find-me"
    """It waits until it is released to a device that the person names."""


class UnknownPolicy(StrEnum):
    """What follows when nobody can say whether a job printed (law 3)."""

    HOLD = "hold"
    """Hold it for a person. The default: paper cannot be unprinted."""
    RETRY = "retry"
    """Print it again: better twice than never."""
    ABORT = "abort"
    """End it as aborted."""
    ASSUME_PRINTED = "assume-printed"
    """End it as completed with errors."""


class Gate(IntEnum):
    """Whether accounting lets a pending job go to a device."""

    FREE = 0
    """Nobody is asked: no rule and no limit concerns it. What it used is counted and charged afterwards."""
    SHUT = 1
    """It waits until it has been counted, the rules have been asked and its price is reserved."""
    PASSED = 2
    """It may print once: what it costs is reserved."""


@dataclass(frozen=True, slots=True)
class SpoolRef:
    """Where a document rests in the spool. Text form ``name:offset:size`` (see ``str``)."""

    name: str
    offset: int
    size: int
    """Octets at rest (after encryption, when the spool encrypts)."""

    def __str__(self) -> str:
        return f"{self.name}:{self.offset}:{self.size}"

    @classmethod
    def parse(cls, text: str) -> "SpoolRef":
        name, offset, size = text.rsplit(":", 2)
        return cls(name, int(offset), int(size))


@dataclass(frozen=True, slots=True)
class DeviceRecord:
    """An output device: the machine on the corridor."""

    id: DeviceId
    uuid: str
    name: str
    uri: str  # device-uri
    site: str
    info: str = ""
    location: str = ""
    make_model: str = ""
    paused: bool = False
    """An administrator stopped it; nothing is sent until it is resumed."""
    state: int = 3  # printer-state as the device last reported it
    state_reasons: tuple[str, ...] = ("none",)  # printer-state-reasons of the device
    state_message: str = ""
    state_at: int = 0
    capabilities: bytes = b""  # Get-Printer-Attributes answer of the device, encoded
    capabilities_at: int = 0
    supplies: str = ""  # JSON: marker-* / printer-supply of the device
    tls_pin: str = ""
    """SHA-256 of the device's certificate, hexadecimal: pinned by hand or trusted on first use."""
    options: str = "{}"
    """JSON object: time limits, quirk names, `count`: see docs/devices.md."""
    version: int = 0


@dataclass(frozen=True, slots=True)
class QueueRecord:
    """A queue: the IPP Printer object that clients see."""

    id: QueueId
    uuid: str  # printer-uuid
    name: str  # printer-name
    mode: QueueMode
    devices: tuple[DeviceId, ...]
    info: str = ""  # printer-info
    location: str = ""  # printer-location
    site: str = "main"
    is_class: bool = False
    """Made by CUPS-Add-Modify-Class: shown among the classes."""
    accepting: bool = True  # printer-is-accepting-jobs
    enabled: bool = True
    """False: Pause-Printer (printer-state stopped, reason paused)."""
    hold_new_jobs: bool = False
    deactivated: bool = False
    shutdown: bool = False
    state_message: str = ""  # printer-state-message
    state_at: int = 0  # printer-state-change-time
    config_at: int = 0  # printer-config-change-time
    created_at: int = 0
    shared: bool = True  # printer-is-shared
    defaults: bytes = b""  # *-default attributes set by an administrator, encoded
    allowed_users: tuple[str, ...] = ()  # requesting-user-name-allowed
    denied_users: tuple[str, ...] = ()  # requesting-user-name-denied
    unknown_policy: UnknownPolicy = UnknownPolicy.HOLD
    error_policy: str = "retry-current-job"  # printer-error-policy
    expire_after_s: int = 0
    """Seconds a job may wait for its release before it is canceled; 0: the product's default."""
    operator_message: str = ""  # printer-message-from-operator
    geo_location: str = ""  # printer-geo-location
    organization: str = ""
    organizational_unit: str = ""
    options: str = "{}"
    version: int = 0


@dataclass(frozen=True, slots=True)
class NewDocument:
    """A document that is safe in the spool and waits for its row."""

    number: int  # document-number, from 1
    format: str  # document-format as found in the bytes
    declared_format: str  # document-format as the client said
    name: str  # document-name
    octets: int
    """Octets of the document itself (before encryption at rest)."""
    sha256: bytes
    spool: SpoolRef
    uri: str = ""  # document-uri for Print-URI / Send-URI
    language: str = ""
    attributes: bytes = b""


@dataclass(frozen=True, slots=True)
class Hold:
    """Why and how long a job is held: one ``job-state-reasons`` keyword, and a time if time releases it."""

    reason: str
    until: int = 0
    """UTC milliseconds at which it releases itself; 0: it takes a person."""
    keyword: str = ""  # job-hold-until as the client said it


@dataclass(frozen=True, slots=True)
class NewJob:
    """A job about to be accepted, with every document it already has."""

    uuid: str  # job-uuid
    queue: QueueId
    name: str  # job-name
    owner: str  # job-originating-user-name
    owner_proof: str
    """How the owner is known: "claim", "loopback", later "kerberos", "password" …"""
    host: str  # job-originating-host-name
    address: str
    priority: int  # job-priority, 1..100
    attributes: bytes  # job template attributes, encoded
    created_at: int
    hold: Hold | None = None
    incoming: bool = False
    """More documents follow (Create-Job)."""
    documents: tuple[NewDocument, ...] = ()
    device: DeviceId | None = None
    password: str = ""
    """Salted hash of the job-password (PWG 5100.11), never the password."""
    expires_at: int = 0
    copies: int = 1
    language: str = "en"
    charset: str = "utf-8"
    frontend: str = "ipp"
    incoming_until: int = 0
    """When an unfinished Create-Job times out (multiple-operation-time-out)."""


@dataclass(frozen=True, slots=True)
class JobRecord:
    """A job as it stands in the store."""

    id: JobId
    uuid: str
    queue: QueueId
    device: DeviceId | None
    """The one device it was released or moved to; None: any device of its queue."""
    assigned: DeviceId | None  # output-device-assigned: where it was last tried
    state: JobState
    reasons: tuple[str, ...]  # job-state-reasons
    message: str  # job-state-message
    name: str
    owner: str
    owner_proof: str
    host: str
    address: str
    priority: int
    attributes: bytes
    octets: int
    documents: int  # number-of-documents
    created_at: int
    processing_at: int
    completed_at: int
    hold_reason: str
    hold_until: int
    hold_keyword: str
    expires_at: int
    attempts: int
    retry_at: int
    stop_requested: str
    """"" or the keyword of the reason for which a running job shall stop."""
    impressions: int  # job-impressions-completed; -1: not known
    sheets: int  # job-media-sheets-completed; -1: not known
    copies: int
    language: str
    charset: str
    frontend: str
    password: str
    documents_retired_at: int
    incoming_until: int
    gate: Gate = Gate.FREE


@dataclass(frozen=True, slots=True)
class DocumentRecord:
    """A document as it stands in the store."""

    id: DocumentId
    job: JobId
    number: int
    format: str
    declared_format: str
    name: str
    octets: int
    sha256: bytes
    spool: SpoolRef | None
    """None once retired: the bytes are gone, the history stays."""
    uri: str
    language: str
    attributes: bytes
    created_at: int
    canceled_at: int = 0
    """When it was taken out of its job (Cancel-Document): it is shown and not printed. 0: it is printed."""


@dataclass(frozen=True, slots=True)
class ReadyJob:
    """What the queue manager keeps in memory of a job that may print."""

    id: JobId
    queue: QueueId
    device: DeviceId | None
    """The one device it was released or moved to; None: any device of its queue."""
    priority: int
    rank: int
    """Order within one priority: by job-id, unless promoted or scheduled."""


@dataclass(frozen=True, slots=True)
class Ticket:
    """All that a delivery backend needs of a job for one attempt on one device."""

    job: JobRecord
    queue_name: str
    documents: tuple[DocumentRecord, ...]
    device: DeviceRecord
    attempt: AttemptId
    unknown_policy: UnknownPolicy = UnknownPolicy.HOLD


class Outcome(StrEnum):
    """How one attempt on one device ended."""

    COMPLETED = "completed"
    """The device says so (IPP), or took every byte and closed in order (the most that RAW can tell)."""
    TEMPORARY = "temporary"
    """No paper can have come out; try again later, in order."""
    PERMANENT = "permanent"
    """The device refuses this job for good."""
    UNKNOWN = "unknown"
    """Bytes were sent and nobody can say what came of them."""
    CANCELED = "canceled"
    """Stopped on request (ours, or at the device's panel)."""


@dataclass(frozen=True, slots=True)
class Delivered:
    """The end of one attempt: what a backend returns. It never raises for what a device can do to it."""

    outcome: Outcome
    reason: str
    """A keyword: "connection-refused", "transfer-timeout", "job-completed-successfully" …"""
    text: str
    """One sentence for a person."""
    octets_sent: int = 0
    impressions: int = -1
    sheets: int = -1
    retry_after_s: float = 0.0
    confirmed: bool = False
    """The device itself reported completion, not only the transport."""
    device_reasons: tuple[str, ...] = field(default=())
