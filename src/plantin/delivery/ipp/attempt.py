"""One attempt on an IPP device: what it can do, the job's wishes fitted to it, the documents sent, the job
followed.

Promises (law 3) that the device's job is stored before a document leaves and that ``sending`` is durable
before its first octet; that a refusal before it is TEMPORARY or PERMANENT, and that after it the device is
asked what became of the job. PWG 5100.5, RFC 8011 sections 4.2.1 to 4.2.4 and 4.3.1.
"""

from collections.abc import AsyncIterator, Coroutine, Sequence
from dataclasses import replace
from typing import Any

from plantin.core.clock import Clock
from plantin.core.errors import SpoolDamaged
from plantin.core.model import Delivered, DocumentRecord, Outcome, Ticket
from plantin.core.ports import DocumentSource, Progress
from plantin.delivery import outcome
from plantin.delivery.http import Lost
from plantin.delivery.ipp.blob import capabilities, unpack
from plantin.delivery.ipp.fit import Fitted, fit, format_for
from plantin.delivery.ipp.follow import Follower
from plantin.delivery.ipp.jobs import DeviceJob, JobView, job_name, together
from plantin.delivery.ipp.link import Document, HttpRefused, IppLink
from plantin.delivery.ipp.refusals import IppRefused, as_outcome
from plantin.delivery.outcome import Unreachable
from plantin.delivery.watch import Stopped, StopWatch
from plantin.ipp import Attribute, Group, Message, Operation, ProtocolError, Status, Tag, attributes

Documents = Sequence[DocumentRecord]


class Attempt:
    """One attempt. Use once."""

    def __init__(
        self,
        link: IppLink,
        ticket: Ticket,
        source: DocumentSource,
        progress: Progress,
        watch: StopWatch,
        clock: Clock,
    ) -> None:
        self._link = link
        self._ticket = ticket
        self._source = source
        self._progress = progress
        self._watch = watch
        self._follower = Follower(link, ticket, progress, clock, watch)
        self._supported = Group(Tag.PRINTER_ATTRIBUTES)
        self._operations: frozenset[int] = frozenset()
        self._wishes = Fitted()
        self._formats: dict[int, str] = {}
        self._sending = False

    async def run(self) -> Delivered:
        """The outcome."""
        try:
            self._supported = await self._capabilities()
            self._operations = frozenset(self._supported.integers("operations-supported"))
            refusal = self._prepare()
            if refusal is None:
                await self._validate()
        except Stopped:
            return outcome.stopped_before(self._watch.reason)
        except (Unreachable, Lost, HttpRefused) as error:
            return outcome.temporary(error.reason, error.text)
        except IppRefused as error:
            return as_outcome(error)
        if refusal is not None:
            return refusal
        done: list[Delivered] = []
        for documents in self._parts():
            done.append(await self._part(documents))
            if done[-1].outcome is not Outcome.COMPLETED:
                break
        return self._noted(together(done))

    async def _capabilities(self) -> Group:
        blob = self._ticket.device.capabilities
        if blob:
            return capabilities(blob)
        response = await self._link.ask(
            Operation.GET_PRINTER_ATTRIBUTES, self._watch, attributes.keyword("requested-attributes", "all")
        )
        return response.printer_attributes

    def _prepare(self) -> Delivered | None:
        """Formats and wishes; the refusal if the device cannot print a document."""
        for document in self._ticket.documents:
            name = format_for(document.format, self._supported)
            if name is None:
                return outcome.permanent(
                    "unsupported-document-format",
                    f"{self._link.where} does not print {document.format} (document {document.number})",
                )
            self._formats[document.number] = name
        try:
            wishes = unpack(self._ticket.job.attributes, Tag.JOB_ATTRIBUTES)
        except ProtocolError as error:
            return outcome.permanent("bad-request", f"the stored job attributes cannot be read: {error}")
        self._wishes = fit(wishes, self._supported)
        return None

    async def _validate(self) -> None:
        if Operation.VALIDATE_JOB not in self._operations or not self._link.endpoint.target.options.validate:
            return
        document = self._ticket.documents[0] if self._ticket.documents else None
        await self._create(Operation.VALIDATE_JOB, document)

    async def _create(
        self, operation: Operation, document: DocumentRecord | None, sent: Document | None = None
    ) -> Message:
        """A request that carries the job's name and wishes; wishes that the device refuses are left out."""
        while True:
            extra = [attributes.name("job-name", job_name(self._ticket))]
            if document is not None:
                extra.append(attributes.mime("document-format", self._formats[document.number]))
            if sent is not None and document is not None and document.name:
                extra.append(attributes.name("document-name", _cut(document.name)))
            groups = [Group(Tag.JOB_ATTRIBUTES, self._wishes.sent)] if self._wishes.sent else []
            try:
                return await self._link.ask(operation, self._watch, *extra, groups=groups, document=sent)
            except IppRefused as refused:
                if not self._drop_wishes(refused) or (sent is not None and sent.transfer.octets):
                    raise

    def _drop_wishes(self, refused: IppRefused) -> bool:
        """Takes out the wishes that the device names as unsupported; False if there are none of ours."""
        if refused.status not in (
            Status.CLIENT_ERROR_ATTRIBUTES_OR_VALUES_NOT_SUPPORTED,
            Status.CLIENT_ERROR_CONFLICTING_ATTRIBUTES,
        ):
            return False
        group = refused.response.group(Tag.UNSUPPORTED_ATTRIBUTES)
        named = {attribute.name for attribute in group} if group is not None else set()
        out = [wish for wish in self._wishes.sent if wish.name in named]
        if not out:
            return False
        self._wishes.sent = [wish for wish in self._wishes.sent if wish.name not in named]
        self._wishes.dropped += [f"{wish.name} (refused by the device)" for wish in out]
        return True

    def _parts(self) -> list[Documents]:
        """The documents of each job on the device: one job if it takes several documents in one."""
        documents = self._ticket.documents
        several = self._creates and self._supported.boolean("multiple-document-jobs-supported") is not False
        if len(documents) <= 1 or several:
            return [documents]
        return [(document,) for document in documents]

    @property
    def _creates(self) -> bool:
        return {Operation.CREATE_JOB, Operation.SEND_DOCUMENT} <= self._operations

    async def _part(self, documents: Documents) -> Delivered:
        self._follower.octets = 0
        if self._creates and documents:
            try:
                response = await self._create(Operation.CREATE_JOB, None)
            except IppRefused as refused:
                if refused.status != Status.SERVER_ERROR_OPERATION_NOT_SUPPORTED or len(documents) > 1:
                    return as_outcome(refused)
            except (Unreachable, Lost, HttpRefused) as error:
                return outcome.temporary(error.reason, error.text)
            except Stopped:
                return outcome.stopped_before(self._watch.reason)
            else:
                return await self._send(response, documents)
        return await self._print(documents)

    # Create-Job, then Send-Document

    async def _send(self, created: Message, documents: Documents) -> Delivered:
        view = JobView.read(created.job_attributes)
        if view is None:
            return outcome.temporary("bad-answer", f"{self._link.where} answers Create-Job without a job-id")
        job = view.device_job
        await self._progress.device_job(str(job))
        for place, document in enumerate(documents):
            sent = await self._document(document)
            last = place == len(documents) - 1
            trouble = await self._guarded(self._send_document(job, document, sent, last), document, sent)
            self._follower.octets += sent.transfer.octets
            if trouble is None:
                continue
            if self._watch.reason:
                return await self._follower.cancel(job, whole=last and sent.transfer.complete)
            if not self._follower.octets:
                await self._withdraw(job)
                return trouble
            return await self._follower.settle(job, whole=last and sent.transfer.complete, trouble=trouble)
        job = replace(job, sent=True)
        await self._progress.device_job(str(job))
        return await self._follower.follow(job, whole=True)

    async def _send_document(
        self, job: DeviceJob, document: DocumentRecord, sent: Document, last: bool
    ) -> Message:
        extra: list[Attribute] = []
        if document.name:
            extra.append(attributes.name("document-name", _cut(document.name)))
        extra.append(attributes.mime("document-format", self._formats[document.number]))
        extra.append(attributes.boolean("last-document", last))
        return await self._link.ask(Operation.SEND_DOCUMENT, self._watch, *extra, job=job.id, document=sent)

    async def _withdraw(self, job: DeviceJob) -> None:
        """Nothing of the documents left: the empty job at the device is taken back, if it can be."""
        async with self._link.quietly() as watch:
            try:
                await self._link.ask(Operation.CANCEL_JOB, watch, job=job.id)
            except (Unreachable, Lost, HttpRefused, IppRefused):
                pass  # its own multiple-operation-time-out will do it

    # Print-Job

    async def _print(self, documents: Documents) -> Delivered:
        if len(documents) != 1:
            return outcome.permanent("multiple-document-jobs-not-supported", "a job without a document")
        document = documents[0]
        sent = await self._document(document)
        answers: list[Message] = []

        async def work() -> None:
            answers.append(await self._create(Operation.PRINT_JOB, document, sent))

        trouble = await self._guarded(work(), document, sent)
        self._follower.octets += sent.transfer.octets
        view = JobView.read(answers[0].job_attributes) if answers else None
        if trouble is None and view is not None:
            job = replace(view.device_job, sent=True)
            await self._progress.device_job(str(job))
            return await self._follower.follow(job, whole=True)
        if trouble is None:
            trouble = outcome.temporary(
                "bad-answer", f"{self._link.where} answers Print-Job without a job-id"
            )
        if not sent.transfer.octets:
            return trouble
        return await self._search(sent, trouble)

    async def _search(self, sent: Document, trouble: Delivered) -> Delivered:
        """Print-Job went wrong before the device named the job: looks for it by name."""
        if trouble.outcome is Outcome.PERMANENT:
            return trouble
        async with self._link.quietly() as watch:
            try:
                view = await self._follower.find(watch)
            except (Unreachable, Lost, HttpRefused) as error:
                view = None
                trouble = replace(trouble, text=f"{trouble.text}; then {error}")
        if view is None:
            if self._watch.reason:
                return trouble
            return outcome.unknown(trouble.reason, trouble.text, sent.transfer.octets)
        await self._progress.device_job(str(view.device_job))
        if self._watch.reason:
            return await self._follower.cancel(view.device_job, whole=sent.transfer.complete)
        return await self._follower.settle(view.device_job, whole=sent.transfer.complete, trouble=trouble)

    # both

    async def _document(self, record: DocumentRecord) -> Document:
        async def pieces() -> AsyncIterator[bytes]:
            whole = await self._source.small(record)
            if whole is None:
                async for piece in self._source.chunks(record):
                    yield piece
            elif whole:
                yield whole

        return Document(pieces, record.octets, stalled=self._follower.stalled)

    async def _guarded(
        self, work: Coroutine[Any, Any, object], document: DocumentRecord, sent: Document
    ) -> Delivered | None:
        """Runs ``work``, which sends ``document``; what went wrong, as the outcome if nothing was printed."""
        try:
            self._watch.check()
            if not self._sending:
                self._sending = True
                await self._progress.sending()
                self._watch.check()
            await work
        except Stopped:
            octets = sent.transfer.octets
            return outcome.canceled(
                self._watch.reason, f"stopped after {octets} octets had been sent", octets
            )
        except (Unreachable, Lost, HttpRefused) as error:
            if error.reason == "document-too-large":
                return outcome.permanent(error.reason, error.text, octets=sent.transfer.octets)
            return outcome.temporary(error.reason, error.text, octets=sent.transfer.octets)
        except IppRefused as refused:
            sent.transfer.complete = False  # it says itself that it has not taken the document
            return as_outcome(refused, sent.transfer.octets)
        except SpoolDamaged as error:
            return outcome.permanent(error.reason, error.text, octets=sent.transfer.octets)
        finally:
            work.close()
        return None

    def _noted(self, delivered: Delivered) -> Delivered:
        """Wishes that the device cannot hear stand in the outcome."""
        if not self._wishes.dropped:
            return delivered
        return replace(
            delivered, text=f"{delivered.text}; the device cannot: {', '.join(self._wishes.dropped)}"
        )


def _cut(text: str) -> str:
    clean = "".join(char if char.isprintable() else " " for char in text)
    return clean.encode("utf-8", "replace")[:255].decode("utf-8", "ignore")
