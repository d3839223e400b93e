"""``plantin print``: puts files into a queue, straight through the spool and the store."""

import asyncio
import getpass
import mimetypes
import os
import socket
from collections.abc import Iterator
from pathlib import Path

import click

from plantin.cli.installation import Installation
from plantin.cli.options import job_attributes
from plantin.cli.output import installation, now_ms
from plantin.core.errors import Refusal
from plantin.core.ids import uuid7
from plantin.core.limits import JOB_NAME_OCTETS_MAX, SPOOL_PIECE_OCTETS
from plantin.core.model import Hold, NewDocument, NewJob, QueueMode, QueueRecord
from plantin.core.states import Reason
from plantin.inspect.sniff import sniff
from plantin.spool import Spool, SpoolCipher, Stored, read_keys
from plantin.store.commands.accept import accept_batch
from plantin.store.queries import config as queries


@click.command("print")
@click.argument(
    "files", nargs=-1, required=True, type=click.Path(exists=True, dir_okay=False, path_type=Path)
)
@click.option("--queue", "queue_name", help="Default: the default queue.")
@click.option("-o", "options", multiple=True, metavar="NAME=VALUE", help="A job attribute: copies=2, sides=…")
@click.option("--title", help="The job's name; default: the file's.")
@click.option("--user", default=getpass.getuser, help="The owner; default: you.")
def print_files(
    files: tuple[Path, ...], queue_name: str | None, options: tuple[str, ...], title: str | None, user: str
) -> None:
    """Print FILES, one job each."""
    here = installation()
    name = queue_name or queries.default_queue()
    if not name:
        raise Refusal("no-queue", "there is no queue yet; add one: plantin queue add NAME --device DEVICE")
    queue = queries.queue(name)
    if not queue.accepting:
        raise Refusal(
            "not-accepting", f"queue {name} takes no jobs: {queue.state_message or 'no reason given'}"
        )
    attributes, settings = job_attributes(options)
    for file in files:
        stored, kind = asyncio.run(_spool(here, file, file.stat().st_size))
        now = now_ms()
        document = NewDocument(1, kind, "", file.name, stored.octets, stored.sha256, stored.ref)
        hold = _hold(queue, settings.hold)
        job = NewJob(
            uuid=uuid7(now, os.urandom(10)),
            queue=queue.id,
            name=(title or file.name).encode()[:JOB_NAME_OCTETS_MAX].decode(errors="ignore"),
            owner=user,
            owner_proof="command-line",
            host=socket.gethostname(),
            address="local",
            priority=settings.priority,
            attributes=attributes,
            created_at=now,
            hold=hold,
            documents=(document,),
            expires_at=now + 1000 * (queue.expire_after_s or here.release_expire_s) if hold else 0,
            copies=settings.copies,
            frontend="cli",
        )
        (job_id,) = here.write(accept_batch, [job])
        if isinstance(job_id, Exception):
            raise job_id
        click.echo(f"{file}: job {job_id} in queue {name}{', held until it is released' if hold else ''}")


def _hold(queue: QueueRecord, asked: Hold | None) -> Hold | None:
    if queue.mode is not QueueMode.DIRECT:
        return Hold(Reason.RELEASE_WAIT)
    if queue.hold_new_jobs:
        return Hold(Reason.NEW_JOBS_HELD)
    return asked


async def _spool(here: Installation, file: Path, size: int) -> tuple[Stored, str]:
    cipher = SpoolCipher(read_keys(here.spool_key_file)) if here.spool_key_file else None
    head = b""
    async with Spool(here.spool, cipher=cipher) as spool, spool.intake(size) as intake:
        with click.progressbar(length=max(size, 1), label=file.name) as bar:
            for piece in _pieces(file):
                head = head or piece[:4096]
                await intake.write(piece)
                bar.update(len(piece))
        stored = await intake.finish()
    if not stored.octets:
        raise Refusal("empty", f"{file} is empty")
    return stored, sniff(head) or mimetypes.guess_type(file.name)[0] or "application/octet-stream"


def _pieces(file: Path) -> Iterator[bytes]:
    with file.open("rb") as stream:
        while piece := stream.read(SPOOL_PIECE_OCTETS):
            yield piece
