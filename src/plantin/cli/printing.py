"""``plantin print``: puts files into a queue, straight through the spool and the store.

The same law and the same checks as for a job over IPP (:mod:`plantin.frontends.ipp.acceptance`): everything
that can be refused is refused first, then the document becomes durable, then the row is committed, and only
then the job's number is printed. Works while the server runs and while it does not.
"""

import asyncio
import mimetypes
import os
import socket
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from stat import S_ISREG
from typing import BinaryIO

import click

from plantin.cli.attributes import attributes_of
from plantin.cli.group import installation
from plantin.cli.installation import Installation
from plantin.cli.options import FIDELITY, is_true, job_attribute
from plantin.cli.output import moment, now_ms, octets, plain, plural, progress, user
from plantin.cli.parameters import pairs
from plantin.core.errors import PlantinError, Refusal
from plantin.core.ids import DeviceId, uuid7
from plantin.core.limits import SPOOL_PIECE_OCTETS
from plantin.core.model import Hold, NewDocument, NewJob
from plantin.frontends.ipp.acceptance import require_accepting
from plantin.frontends.ipp.access import require_allowed
from plantin.frontends.ipp.context import IppSettings
from plantin.frontends.ipp.directory import QueueEntry
from plantin.frontends.ipp.holding import effective, hold_until
from plantin.frontends.ipp.incoming import found_format
from plantin.frontends.ipp.job_template import Template, read_template, require_supported
from plantin.frontends.ipp.printer.profile import Profile, Profiles
from plantin.frontends.ipp.printer.server_wide import server_wide
from plantin.frontends.ipp.words import job_name, user_name
from plantin.inspect.sniff import HEAD_OCTETS
from plantin.ipp import Attribute, Operation
from plantin.ipp.blobs import pack
from plantin.spool import Spool, SpoolCipher, SpoolLimits, read_keys
from plantin.store.commands.accept import accept_batch
from plantin.store.queries import config as queries

STDIN = "-"


@click.command("print")
@click.argument("files", nargs=-1, required=True, metavar="FILE...")
@click.option("--queue", "queue_name", metavar="NAME", help="Default: the default queue.")
@click.option(
    "-o",
    "options",
    multiple=True,
    metavar="NAME=VALUE",
    help="A job attribute: copies=2, sides=two-sided-long-edge, media=iso_a4_210x297mm …",
)
@click.option("--title", help="The job's name; default: the file's.")
@click.option("--user", "owner", default=user, metavar="NAME", help="The owner; default: you.")
def print_files(
    files: tuple[str, ...], queue_name: str | None, options: tuple[str, ...], title: str | None, owner: str
) -> None:
    """Print each FILE as a job of its own; - is standard input."""
    here = installation()
    wish = _prepare(here, queue_name or queries.default_queue(), options, user_name(owner))
    failed = _print_all(here, files, wish, title)
    if failed:
        raise Refusal("not-printed", f"{plural(failed, 'file')} of {len(files)} not printed")


@dataclass(frozen=True, slots=True)
class _Wish:
    """What is asked for, checked: the same for every file."""

    entry: QueueEntry
    formats: Mapping[str, str]
    attributes: bytes
    copies: int
    priority: int
    hold: Hold | None
    expires_at: int
    device: DeviceId | None
    owner: str

    @property
    def queue(self) -> str:
        return self.entry.queue.name


def _prepare(here: Installation, name: str, options: tuple[str, ...], owner: str) -> _Wish:
    """Everything that can be refused before a file is read."""
    if not name:
        raise Refusal("no-queue", "there is no queue yet; add one: plantin queue add NAME --device DEVICE")
    queue = queries.queue(name)
    entry = QueueEntry(queue, tuple(queries.devices(queue.devices)))
    require_accepting(entry)
    require_allowed(queue, owner)
    server = {attribute.name: attribute for attribute in server_wide(IppSettings(), (Operation.PRINT_JOB,))}
    profile = Profiles(server).of(entry)
    template = _template(name, options, profile, server)
    now = now_ms()
    asked = hold_until(template.hold_keyword, now) if template.hold_keyword else None
    hold, expires_at = effective(queue, asked, password=False, now_ms=now, expire_s=here.release_expire_s)
    chosen = [device.id for device in entry.devices if device.name == template.output_device]
    return _Wish(
        entry,
        profile.formats,
        template.encoded,
        template.copies,
        template.priority,
        hold,
        expires_at,
        chosen[0] if chosen else None,
        owner,
    )


def _template(
    queue: str, options: tuple[str, ...], profile: Profile, server: Mapping[str, Attribute]
) -> Template:
    """The job attributes, judged as over IPP: what the queue can't do is left out, and said."""
    wanted = pairs(options)
    fidelity = is_true(FIDELITY, wanted.pop(FIDELITY, "false"))
    template = read_template([job_attribute(name, text) for name, text in wanted.items()], profile, server)
    require_supported(template, fidelity=fidelity, mandatory=())
    for attribute in template.unsupported:
        told = attribute.name
        if attribute.values:
            told += f"={plain(attributes_of(pack([attribute]))[attribute.name])}"
        click.echo(f"plantin print: queue {queue} can't do {told}; it is left out", err=True)
    return template


def _print_all(here: Installation, files: tuple[str, ...], wish: _Wish, title: str | None) -> int:
    """Prints one file after the other; returns how many could not be."""
    failed = 0
    with asyncio.Runner() as runner:
        spool = runner.run(_open_spool(here))
        try:
            for file in files:
                name = "(stdin)" if file == STDIN else Path(file).name
                try:
                    document = runner.run(_take(spool, file, name, wish.formats))
                    told = _accept(here, _job(wish, document, job_name(title or name)))
                    click.echo(f"job {told} in queue {wish.queue}: {plain(name)}, {_kind(document)}")
                except (PlantinError, OSError) as error:
                    failed += 1
                    why = error.strerror if isinstance(error, OSError) else error
                    click.echo(f"plantin print: {plain(file)}: {why}", err=True)
        finally:
            runner.run(spool.close())
    return failed


async def _open_spool(here: Installation) -> Spool:
    cipher = SpoolCipher(read_keys(here.spool_key_file)) if here.spool_key_file else None
    limits = SpoolLimits(free_floor=here.spool_free_floor, document_octets=here.document_octets_max)
    spool = Spool(here.spool, cipher=cipher, limits=limits)
    await spool.start()
    return spool


def _accept(here: Installation, job: NewJob) -> str:
    """Commits the job, whose document is durable; returns its number, and what holds it."""
    (job_id,) = here.write(accept_batch, [job])
    if isinstance(job_id, Exception):
        raise job_id
    if job.hold is None:
        return str(job_id)
    return f"{job_id}, held until {moment(job.hold.until) or 'it is released'},"


def _kind(document: NewDocument) -> str:
    return f"{document.format}, {octets(document.octets)}"


def _job(wish: _Wish, document: NewDocument, name: str) -> NewJob:
    now = now_ms()
    return NewJob(
        uuid=uuid7(now, os.urandom(10)),
        queue=wish.entry.queue.id,
        name=name,
        owner=wish.owner,
        owner_proof="command-line",
        host=socket.gethostname(),
        address="",
        priority=wish.priority,
        attributes=wish.attributes,
        created_at=now,
        hold=wish.hold,
        documents=(document,),
        device=wish.device,
        expires_at=wish.expires_at,
        copies=wish.copies,
        frontend="cli",
    )


async def _take(spool: Spool, file: str, name: str, formats: Mapping[str, str]) -> NewDocument:
    """Reads a file into the spool; it is durable when this returns."""
    head, found = b"", ""
    guess = (mimetypes.guess_type(name)[0] or "").lower()
    declared = formats.get(guess, "")
    with _opened(file) as (stream, size):
        async with spool.intake(size) as intake:
            with progress(name, size) as bar:
                while piece := stream.read(SPOOL_PIECE_OCTETS):
                    if not found:
                        head += piece[: HEAD_OCTETS - len(head)]
                        if len(head) == HEAD_OCTETS:
                            found = found_format(head, declared, formats)
                    await intake.write(piece)
                    bar.update(len(piece))
            if not intake.octets:
                raise Refusal("empty-document", "it is empty")
            found = found or found_format(head, declared, formats)
            stored = await intake.finish()
    return NewDocument(1, found, declared, job_name(name), stored.octets, stored.sha256, stored.ref)


@contextmanager
def _opened(file: str) -> Iterator[tuple[BinaryIO, int]]:
    """The file's octets, and how many they are; 0 when nobody knows."""
    if file == STDIN:
        yield sys.stdin.buffer, 0
        return
    with Path(file).open("rb") as stream:
        found = os.fstat(stream.fileno())
        yield stream, found.st_size if S_ISREG(found.st_mode) else 0
