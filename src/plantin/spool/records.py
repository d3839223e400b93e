"""What passes between the spool and those who use it: records, limits, and the spool itself as Protocols."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from types import TracebackType
from typing import Protocol, Self

from plantin.core import limits
from plantin.core.model import SpoolRef
from plantin.core.ports import DocumentSource

Alive = Callable[[Sequence[str]], set[str] | Awaitable[set[str]]]
"""Given spool file names, those in which at least one live document rests, as the store's rows say.

Called on the event loop with at most ``SpoolLimits.ask_names`` names; may return an awaitable.
"""


@dataclass(frozen=True, slots=True)
class SpoolLimits:
    """Bounds of a spool. Sizes are octets, times seconds."""

    document_octets: int = limits.DOCUMENT_OCTETS_MAX
    bundled_octets: int = limits.BUNDLED_DOCUMENT_OCTETS_MAX
    """Documents up to this size share a file with the others of their group commit."""
    group_documents: int = limits.GROUP_COMMIT_MAX
    group_octets: int = 16 * limits.MIB
    """A group commit takes no further document once it holds so much."""
    group_spacing_ms: int = 4
    """Group commits begin at least so far apart while that brings more documents together."""
    bundle_octets: int = 16 * limits.MIB
    """A bundle takes no further group once it holds so much …"""
    bundle_age_s: int = 60
    """… or is so old."""
    free_floor: int = 128 * limits.MIB
    """Nothing is accepted that would leave less free space than this: the store needs it to go on."""
    memory_octets: int = 32 * limits.MIB
    """Above this sum of waiting octets, streams go to disk at once, however small they still are."""
    waiting_octets: int = 256 * limits.MIB
    """Small documents that wait for their commit; beyond it they are refused for now."""
    hop_octets: int = limits.MIB
    """What a stream hands to its thread at once."""
    cache_octets: int = 64 * limits.MIB
    """A document beyond this size leaves the page cache as soon as it is on disk."""
    open_bundles: int = 64
    """Descriptors of recent bundles kept open for reading."""
    settle_s: int = 600
    """For so long after a commit the rows of its documents may still be on their way."""
    ask_names: int = 500


DEFAULT_LIMITS = SpoolLimits()


@dataclass(frozen=True, slots=True)
class Stored:
    """A document that is durable: it survives the loss of power."""

    ref: SpoolRef
    octets: int
    """Of the document itself; ``ref.size`` is what it takes at rest."""
    sha256: bytes


@dataclass(frozen=True, slots=True)
class Retired:
    """What became of retired documents."""

    files: int
    """Files removed."""
    holes: int
    """Documents whose octets were given back while others live in their file."""


@dataclass(frozen=True, slots=True)
class Swept:
    """One bounded step of a sweep."""

    seen: int
    removed: int
    octets: int
    """Size of the removed files."""
    resume: str
    """Where the next step goes on (``after``); empty when the sweep is through."""


@dataclass(frozen=True, slots=True)
class Usage:
    """How full the spool is."""

    files: int
    octets: int
    """Disk space that documents take (holes not counted)."""
    quarantined: int
    free: int
    total: int


class Intake(Protocol):
    """A document on its way into the spool. Leaving ``async with`` without ``finish`` aborts it."""

    @property
    def octets(self) -> int:
        """Octets taken so far."""
        ...

    async def write(self, piece: bytes) -> None:
        """Takes the next piece; waits while the disk is behind.

        Raises:
            Temporary: "spool-area-full" or "spool-error"; the intake is over.
            Refusal: "document-too-large".
        """
        ...

    async def finish(self) -> Stored:
        """The document, durable. Raises as ``write``."""
        ...

    async def abort(self) -> None:
        """Leaves nothing behind. Does nothing after ``finish``."""
        ...

    async def __aenter__(self) -> Self: ...

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None: ...


class DocumentSpool(DocumentSource, Protocol):
    """What every spool does; see ``Spool`` for the words."""

    async def put(self, data: bytes | Sequence[bytes]) -> Stored: ...

    def intake(self, expected: int = 0) -> Intake: ...

    def admit(self, octets: int = 0) -> None: ...

    async def quarantine(self, ref: SpoolRef) -> str: ...

    async def retire(self, refs: Sequence[SpoolRef], *, alive: Alive) -> Retired: ...

    async def sweep(
        self, alive: Alive, *, grace_s: int, now_ms: int, after: str = "", limit: int = 10_000
    ) -> Swept: ...

    async def usage(self) -> Usage: ...
