"""Has a job's documents inspected: hands each to a worker, as octets or as an open file that has no name."""

import json
import os
from collections.abc import Sequence
from typing import Final

from plantin.core.errors import PlantinError
from plantin.core.limits import MIB
from plantin.core.model import DocumentRecord
from plantin.core.ports import DocumentSource
from plantin.inspect.pool import Pool
from plantin.inspect.report import Inspection, could_not_inspect, from_json, to_json

_IN_MEMORY_MAX: Final = 512 * MIB
"""A document beyond this is not copied into memory to be inspected."""


class DocumentReader:
    """Inspects documents at rest.

    Args:
        pool: the workers; started when the first document comes.
        source: the spool.
    """

    def __init__(self, pool: Pool, source: DocumentSource) -> None:
        self._pool = pool
        self._source = source

    async def inspect(self, documents: Sequence[DocumentRecord]) -> list[Inspection]:
        """What each document is; one that cannot be read or inspected says why."""
        return [await self._one(document) for document in documents]

    async def _one(self, document: DocumentRecord) -> Inspection:
        if document.spool is None:
            return could_not_inspect("unknown", "the document is no longer kept")
        try:
            small = await self._source.small(document)
            if small is not None:
                return await self._pool.inspect_async(small)
            if document.octets > _IN_MEMORY_MAX:
                return could_not_inspect("unknown", f"it has more than {_IN_MEMORY_MAX // MIB} MiB")
            return await self._large(document)
        except (PlantinError, OSError) as error:
            return could_not_inspect("unknown", str(error))

    async def _large(self, document: DocumentRecord) -> Inspection:
        # A file in memory: the worker sees this document and no other of its bundle, in the clear, and
        # nothing in the clear reaches the disk.
        handle = os.memfd_create("document", os.MFD_CLOEXEC)
        try:
            async for piece in self._source.chunks(document):
                view = memoryview(piece)
                while view:
                    view = view[os.write(handle, view) :]
            os.lseek(handle, 0, os.SEEK_SET)
            return await self._pool.inspect_async(handle)
        finally:
            os.close(handle)


def reports_json(inspections: Sequence[Inspection]) -> str:
    """What inspection said, as it is kept."""
    return json.dumps([to_json(one) for one in inspections], ensure_ascii=False, separators=(",", ":"))


def reports_of(text: str) -> list[Inspection]:
    """The inverse of :func:`reports_json`."""
    return [from_json(one) for one in json.loads(text)]
