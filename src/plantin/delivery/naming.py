"""What a printed file is called: job-id, job name, extension. Pure.

Promises a name of printable characters without separators, not hidden, at most 200 octets.
"""

from typing import Final

NAME_OCTETS_MAX: Final = 200
EXTENSIONS: Final = {
    "application/pdf": "pdf",
    "application/postscript": "ps",
    "application/vnd.cups-raw": "raw",
    "application/vnd.hp-pcl": "pcl",
    "application/vnd.hp-pclxl": "pxl",
    "application/pclm": "pclm",
    "application/oxps": "oxps",
    "application/vnd.ms-xpsdocument": "xps",
    "application/vnd.cups-raster": "ras",
    "image/jpeg": "jpg",
    "image/png": "png",
    "image/tiff": "tiff",
    "image/pwg-raster": "pwg",
    "image/urf": "urf",
    "text/plain": "txt",
}
_KEPT: Final = frozenset("._-+=()[]@,")


def extension(document_format: str) -> str:
    """The file name extension of a document format; ``prn`` for what has none of its own."""
    return EXTENSIONS.get(document_format.partition(";")[0].strip().lower(), "prn")


def file_name(job_id: int, number: int, documents: int, title: str, document_format: str) -> str:
    """The name of one printed document.

    Args:
        job_id: job-id.
        number: document-number, from 1.
        documents: how many documents the job has; a single one shows no number.
        title: job-name, whatever the client made of it.
        document_format: as found in the bytes.
    """
    ending = extension(document_format)
    end = (f"-{number}" if documents > 1 else "") + f".{ending}"
    start = f"{job_id:06d}"
    clean = _clean(title)
    if clean.lower().endswith(f".{ending}"):
        clean = clean[: -len(ending) - 1].rstrip("._-")
    room = NAME_OCTETS_MAX - len(start) - len(end) - 1
    clean = clean.encode("utf-8")[:room].decode("utf-8", "ignore")
    return f"{start}-{clean}{end}" if clean else start + end


def _clean(title: str) -> str:
    text = "".join(char if char.isalnum() or char in _KEPT else "_" for char in title)
    text = text.encode("utf-8", "ignore").decode("utf-8")
    while "__" in text:
        text = text.replace("__", "_")
    return text.strip("._-")
