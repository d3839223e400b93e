"""One IPP request while it is worked on: its attributes, its target, who sends it, the document behind it."""

from collections.abc import AsyncIterator, Sequence
from typing import Final

from plantin.core.model import JobRecord
from plantin.frontends.http1 import Request
from plantin.frontends.ipp import access, requested
from plantin.frontends.ipp.context import Context
from plantin.frontends.ipp.directory import QueueEntry
from plantin.frontends.ipp.entropy import Entropy
from plantin.frontends.ipp.event_watch import EventWatch
from plantin.frontends.ipp.printer.describe import Describer
from plantin.frontends.ipp.printer.names import Base, authority
from plantin.frontends.ipp.refusals import BadRequest, not_found, wrong_syntax
from plantin.frontends.ipp.target import BadTarget, Kind, Target, parse_target
from plantin.frontends.ipp.words import ANONYMOUS, user_name
from plantin.ipp import Attribute, Group, LangStr, Message, Tag
from plantin.store.commands.jobs import Actor
from plantin.store.queries import jobs as job_queries

_NAME_LIKE: Final = frozenset(
    {Tag.NAME, Tag.NAME_WITH_LANGUAGE, Tag.TEXT, Tag.TEXT_WITH_LANGUAGE, Tag.KEYWORD}
)
_MIME_LIKE: Final = frozenset({Tag.MIME_MEDIA_TYPE, Tag.NAME, Tag.KEYWORD})
_KEYWORD_LIKE: Final = frozenset({Tag.KEYWORD, Tag.NAME, Tag.NAME_WITH_LANGUAGE})


class Call:
    """A request on its way through an operation."""

    __slots__ = (
        "_base",
        "address",
        "context",
        "describer",
        "entropy",
        "events",
        "message",
        "now_ms",
        "operation",
        "remainder",
        "request",
        "target",
        "user",
    )

    def __init__(
        self,
        context: Context,
        describer: Describer,
        request: Request,
        message: Message,
        remainder: bytes,
        events: EventWatch,
        entropy: Entropy,
    ) -> None:
        self.context = context
        self.describer = describer
        self.events = events
        self.entropy = entropy
        self.request = request
        self.message = message
        self.remainder = remainder
        self.operation: Group = message.operation_attributes
        self.address = request.peer[0]
        self.now_ms = context.clock.now_ms()
        name = self.operation.string("requesting-user-name")
        self.user = ANONYMOUS if name is None else user_name(name)
        self.target: Target | None = self._find_target()
        self._base: Base | None = None

    # Operation attributes; each is checked when it is asked for

    def one(self, name: str) -> Attribute | None:
        """An operation attribute that has at most one value; None when it is missing.

        Raises:
            BadRequest: it has more values, or an out-of-band one.
        """
        attribute = self.operation.get(name)
        if attribute is None:
            return None
        if len(attribute.values) != 1:
            raise BadRequest(f"{name} must have one value, not {len(attribute.values)}", (attribute,))
        return attribute

    def integer(self, name: str, *, least: int | None = None) -> int | None:
        """An integer or enum."""
        attribute = self.one(name)
        if attribute is None:
            return None
        value = attribute.first
        if not isinstance(value, int) or isinstance(value, bool):
            raise wrong_syntax(attribute, "an integer")
        if least is not None and value < least:
            raise BadRequest(f"{name} must be {least} or more, not {value}", (attribute,))
        return value

    def boolean(self, name: str) -> bool | None:
        """A boolean."""
        attribute = self.one(name)
        if attribute is None:
            return None
        if not isinstance(attribute.first, bool):
            raise wrong_syntax(attribute, "a boolean")
        return attribute.first

    def keyword(self, name: str) -> str | None:
        """A keyword (a name in its place is taken as one)."""
        return self._string(name, _KEYWORD_LIKE, "a keyword")

    def name(self, name: str) -> str | None:
        """A name or text."""
        return self._string(name, _NAME_LIKE, "a name")

    def mime(self, name: str) -> str | None:
        """A mimeMediaType (a name in its place is taken as one)."""
        return self._string(name, _MIME_LIKE, "a mimeMediaType")

    def uri(self, name: str) -> str | None:
        """A URI."""
        return self._string(name, frozenset({Tag.URI}), "a uri")

    def octets(self, name: str) -> bytes | None:
        """An octetString."""
        attribute = self.one(name)
        if attribute is None:
            return None
        if not isinstance(attribute.first, bytes):
            raise wrong_syntax(attribute, "an octetString")
        return attribute.first

    def keywords(self, name: str) -> tuple[str, ...]:
        """A set of keywords; none when it is missing."""
        attribute = self.operation.get(name)
        if attribute is None or attribute.out_of_band:
            return ()
        values = attribute.strings()
        if len(values) != len(attribute.values):
            raise wrong_syntax(attribute, "keywords")
        return values

    def integers(self, name: str) -> tuple[int, ...]:
        """A set of integers; none when it is missing."""
        attribute = self.operation.get(name)
        if attribute is None or attribute.out_of_band:
            return ()
        values = attribute.integers()
        if len(values) != len(attribute.values):
            raise wrong_syntax(attribute, "integers")
        return values

    def _string(self, name: str, tags: frozenset[Tag], wanted: str) -> str | None:
        attribute = self.one(name)
        if attribute is None:
            return None
        value = attribute.first
        if attribute.tag not in tags or not isinstance(value, str | LangStr):
            raise wrong_syntax(attribute, wanted)
        return value.text if isinstance(value, LangStr) else value

    def wanted(self, groups: frozenset[str], default: Sequence[str]) -> requested.Wanted:
        """The requested-attributes."""
        return requested.wanted(self.keywords("requested-attributes"), groups, default)

    # Target

    def _find_target(self) -> Target | None:
        uri = self.uri("job-uri") or self.uri("printer-uri")
        if uri is None:
            return None
        try:
            return parse_target(uri)
        except BadTarget as error:
            raise not_found(str(error)) from None

    def require_target(self) -> Target:
        """The target of an operation that must name one.

        Raises:
            BadRequest: there is neither printer-uri nor job-uri.
        """
        if self.target is None:
            raise BadRequest("the request names no printer-uri and no job-uri")
        return self.target

    def entry_or_none(self) -> QueueEntry | None:
        """The queue that the target names; None when it names the whole server.

        Raises:
            NotFound: there is no such queue.
        """
        target = self.require_target()
        if "printer-uri" not in self.operation:
            raise BadRequest("the request names no printer-uri")
        directory = self.context.directory
        if target.kind is Kind.SERVER:
            return None
        if target.kind is Kind.DEFAULT_QUEUE:
            entry = directory.default()
            if entry is None:
                raise not_found("there is no default queue")
            return entry
        entry = directory.queue(target.queue)
        if entry is None:
            raise not_found(f"there is no queue {target.queue!r}")
        return entry

    def entry(self) -> QueueEntry:
        """The queue that the target names.

        Raises:
            NotFound: it names none, or one that does not exist.
        """
        entry = self.entry_or_none()
        if entry is None:
            raise not_found("the printer-uri names no queue")
        return entry

    def job_id(self) -> int | None:
        """The job that is meant, by job-uri, or by printer-uri and job-id; None when none is named."""
        target = self.require_target()
        if target.kind is Kind.JOB:
            return target.job
        return self.integer("job-id")

    async def job(self) -> JobRecord:
        """The job that is meant.

        Raises:
            BadRequest: the request names none.
            NotFound: there is none, or it is not in the queue that is named.
        """
        job_id = self.job_id()
        if job_id is None:
            raise BadRequest("the request names no job: job-uri, or printer-uri with job-id")
        if job_id <= 0:
            raise not_found(f"there is no job {job_id}")
        job = await self.context.store.read(job_queries.job, job_id)
        target = self.require_target()
        if target.kind is Kind.QUEUE and (target.queue != self.queue_name(job)):
            raise not_found(f"there is no job {job_id} in queue {target.queue}")
        return job

    def queue_name(self, job: JobRecord) -> str:
        """The name of a job's queue; empty when it is just being removed."""
        entry = self.context.directory.by_id(job.queue)
        return entry.queue.name if entry is not None else ""

    # Who, from where

    @property
    def actor(self) -> Actor:
        """Who does it, for the trail."""
        return Actor(self.user, self.now_ms)

    @property
    def is_operator(self) -> bool:
        """Whether the client may administer."""
        return access.is_operator(self.address, self.context.settings.admin_networks)

    def require_operator(self, doing: str) -> None:
        """Refuses everybody but operators."""
        access.require_operator(self.address, self.context.settings.admin_networks, doing)

    def require_owner(self, job: JobRecord, doing: str) -> None:
        """Refuses everybody but the owner and operators."""
        access.require_owner(job, self.address, self.user, self.context.settings.admin_networks, doing)

    def sees_all_of(self, job: JobRecord) -> bool:
        """Whether the private attributes of a job are for this client."""
        return self.is_operator or access.owns(job, self.address, self.user)

    @property
    def base(self) -> Base:
        """How URIs in the answer begin."""
        if self._base is None:
            settings = self.context.settings
            target = self.target
            self._base = Base(
                authority(settings.external_host, self.request.host, self.request.local),
                self.request.tls,
                settings.tls,
                "ipp" if target is not None and target.form == "ipp" else "printers",
            )
        return self._base

    # The document

    async def document(self) -> AsyncIterator[bytes]:
        """The octets behind the message, as they come."""
        piece, self.remainder = self.remainder, b""
        if piece:
            yield piece
        body = self.request.body
        while piece := await body.read_chunk():
            yield piece
