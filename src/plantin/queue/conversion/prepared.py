"""Documents as they were made for a device: files without a name, in place of what rests in the spool."""

import asyncio
import os
from collections.abc import AsyncIterator, Mapping
from concurrent.futures import Executor
from dataclasses import dataclass
from typing import IO

from plantin.core.limits import BUNDLED_DOCUMENT_OCTETS_MAX, SPOOL_PIECE_OCTETS
from plantin.core.model import DocumentRecord
from plantin.core.ports import DocumentSource
from plantin.delivery.pieces import close_pieces


@dataclass(frozen=True, slots=True)
class Prepared:
    """One document as it is sent."""

    original: DocumentRecord
    octets: int
    """Of one copy."""
    file: IO[bytes] | None = None
    """What was made; None: it is the original, sent several times."""
    repeat: int = 1
    separator: bytes = b""

    @property
    def sent_octets(self) -> int:
        """Of all copies."""
        return self.octets * self.repeat + len(self.separator) * (self.repeat - 1)


class PreparedSource:
    """:class:`plantin.core.ports.DocumentSource` over what was prepared, and the spool for the rest.

    Args:
        prepared: by document number.
        source: the documents at rest.
        threads: where files are read.
    """

    def __init__(self, prepared: Mapping[int, Prepared], source: DocumentSource, threads: Executor) -> None:
        self._prepared = prepared
        self._source = source
        self._threads = threads

    async def small(self, document: DocumentRecord) -> bytes | None:
        one = self._prepared.get(document.number)
        if one is None:
            return await self._source.small(document)
        if one.sent_octets > BUNDLED_DOCUMENT_OCTETS_MAX:
            return None
        whole = b"".join([piece async for piece in self._once(one)])
        return one.separator.join([whole] * one.repeat)

    async def chunks(self, document: DocumentRecord) -> AsyncIterator[bytes]:
        one = self._prepared.get(document.number)
        if one is None:
            one = Prepared(document, document.octets)
        for copy in range(one.repeat):
            if copy and one.separator:
                yield one.separator
            pieces = self._once(one)
            try:
                async for piece in pieces:
                    yield piece
            finally:
                await close_pieces(pieces)

    async def _once(self, one: Prepared) -> AsyncIterator[bytes]:
        if one.file is None:
            pieces = self._source.chunks(one.original)
            try:
                async for piece in pieces:
                    yield piece
            finally:
                await close_pieces(pieces)
            return
        loop, handle, at = asyncio.get_running_loop(), one.file.fileno(), 0
        while piece := await loop.run_in_executor(self._threads, os.pread, handle, SPOOL_PIECE_OCTETS, at):
            at += len(piece)
            yield piece
