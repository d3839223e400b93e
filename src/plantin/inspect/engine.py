"""One document to one report: the room's own entry, called inside a worker.

Promises: never raises for what a document holds; the report then carries "could not inspect: why". Files
that can be sought are read in place, anything else is taken as a stream. Never: is called with a stranger's
bytes in a process that holds secrets (``pool`` is for that).
"""

import contextlib
from typing import IO

from plantin.inspect import ghostscript, sniff
from plantin.inspect.image import inspect_image
from plantin.inspect.media import Size
from plantin.inspect.paper import inspect_paper
from plantin.inspect.pdf.document import inspect_pdf
from plantin.inspect.postscript import inspect_postscript
from plantin.inspect.report import CannotInspect, Found, Inspection, Settings, could_not_inspect
from plantin.inspect.stream import SEEKABLE, Stream
from plantin.inspect.xps import inspect_xps

_PIECE = 256 * 1024


def inspect_seekable(file: IO[bytes], kind: str, paper: Size | None) -> Found:
    """A whole file of one language.

    Raises:
        CannotInspect: says why nothing can be said.
    """
    if kind in (sniff.PDF, sniff.PCLM):
        return inspect_pdf(file, ghostscript.pdf_pages)
    if kind == sniff.POSTSCRIPT:
        return inspect_postscript(file, paper)
    if kind in (sniff.XPS, sniff.OPEN_XPS):
        return inspect_xps(file, kind)
    return inspect_image(file, kind, paper)


def inspect_file(file: IO[bytes], ticket: Settings | None = None, paper: Size | None = None) -> Inspection:
    """Inspects an open document from its beginning to its end.

    Args:
        file: readable; sought when it can be, else read once.
        ticket: what the job asks for beside the document.
        paper: the paper where the document names none, millimetres.
    """
    kind = "unknown"
    stream: Stream | None = None
    try:
        head = file.read(sniff.HEAD_OCTETS)
        kind = sniff.sniff(head)
        if kind in SEEKABLE and _seekable(file) and len(sniff.skip_pjl(head)[0]) == len(head):
            file.seek(0)
            found = inspect_seekable(file, kind, paper)
        else:
            stream = Stream(inspect_seekable, paper)
            stream.feed(head)
            while piece := file.read(_PIECE):
                stream.feed(piece)
            found = stream.finish()
        return inspect_paper(found, ticket)
    except CannotInspect as error:
        return could_not_inspect(_kind(kind, stream), str(error))
    except MemoryError:
        return could_not_inspect(_kind(kind, stream), "it takes more memory than a worker has")
    except RecursionError:
        return could_not_inspect(_kind(kind, stream), "it is nested too deep")
    except Exception as error:  # noqa: BLE001  the last line of defence: a defect of ours or of a library
        return could_not_inspect(_kind(kind, stream), f"{type(error).__name__}: {str(error)[:200]}")


def _kind(kind: str, stream: Stream | None) -> str:
    found = stream.kind if stream is not None else kind
    return "unknown" if found == sniff.OCTET_STREAM else found


def _seekable(file: IO[bytes]) -> bool:
    with contextlib.suppress(OSError, ValueError):
        return file.seekable()
    return False
