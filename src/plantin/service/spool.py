"""Opens the spool as the configuration wants it."""

import contextlib
from collections.abc import AsyncIterator
from pathlib import Path

from plantin.service.process import Process
from plantin.spool import Spool, SpoolCipher, SpoolLimits, read_keys


@contextlib.asynccontextmanager
async def open_spool(process: Process) -> AsyncIterator[Spool]:
    """The spool of this installation, started."""
    settings = process.config.spool
    cipher = SpoolCipher(read_keys(Path(settings.key_file))) if settings.key_file else None
    limits = SpoolLimits(
        free_floor=settings.free_floor_octets, document_octets=process.config.ipp.document_octets_max
    )
    async with Spool(process.installation.spool, cipher=cipher, limits=limits) as spool:
        yield spool
