"""XPS and OpenXPS: pages, their sizes, and colour as far as the markup and the images tell.

Promises: pages in the order of the fixed documents; limits on entries and unpacked sizes before anything is
unpacked. A page's markup that names a colour other than grey, or refers to an image that is not grey, is
colour. Never: renders; a coloured mark that another one covers still counts.

Standard: ECMA-388 (Open XPS), sections 10 to 15.
"""

import io
import posixpath
import re
import zipfile
from typing import IO

from PIL import Image

from plantin.inspect import limits
from plantin.inspect.jpeg_colour import image_is_colour
from plantin.inspect.report import CannotInspect, Found, PageInfo, PageList, Settings, round_mm

_TARGET = re.compile(rb"<(?:[\w.-]+:)?(?:DocumentReference|PageContent)\b[^>]*?\bSource\s*=\s*[\"']([^\"']+)")
_SEQUENCE = re.compile(rb"Target\s*=\s*[\"']([^\"']+\.fdseq)[\"']")
_PAGE = re.compile(rb"<(?:[\w.-]+:)?FixedPage\b[^>]*>")
_DIMENSION = re.compile(rb"\b(Width|Height)\s*=\s*[\"']([0-9.eE+]+)")
_COLOUR = re.compile(rb"(?<=[\"'])\s*#(?:[0-9A-Fa-f]{2})?([0-9A-Fa-f]{6})\s*(?=[\"'])")
_SC_RGB = re.compile(rb"[\"']\s*sc#([-+0-9.eE,\s]+)[\"']")
_CONTEXT = re.compile(rb"ContextColor\s")
_IMAGE = re.compile(rb"ImageSource\s*=\s*[\"']([^\"'{]+)[\"']")
_NAMED = re.compile(rb"ImageSource\s*=\s*[\"']\{")


def inspect_xps(file: IO[bytes], kind: str) -> Found:
    """The pages of an XPS package.

    Raises:
        CannotInspect: when it is no XPS package, is damaged, or exceeds a limit.
    """
    try:
        with zipfile.ZipFile(file) as archive:
            return _Package(archive).found(kind)
    except CannotInspect:
        raise
    except Exception as error:  # noqa: BLE001  zipfile raises many kinds on damaged archives
        raise CannotInspect(f"its package cannot be read: {str(error)[:120]}") from None


class _Package:
    def __init__(self, archive: zipfile.ZipFile) -> None:
        names = archive.namelist()
        if len(names) > limits.ZIP_ENTRIES_MAX:
            raise CannotInspect(f"its package has more than {limits.ZIP_ENTRIES_MAX} entries")
        self._archive = archive
        self._names = {name.lower().lstrip("/"): name for name in names}
        self._unpacked = 0
        self._images: dict[str, bool] = {}

    def found(self, kind: str) -> Found:
        pages = PageList()
        sequence = self._sequence()
        for document in self._targets(sequence):
            for page in self._targets(document):
                pages.add(self._page(page))
        if not pages.pages:
            raise CannotInspect("its package has no pages")
        return Found(kind, pages.runs(), Settings())

    def _sequence(self) -> str:
        if "_rels/.rels" in self._names:
            match = _SEQUENCE.search(self._read("_rels/.rels"))
            if match is not None:
                return match[1].decode("utf-8", "replace").lstrip("/")
        for name in self._names:
            if name.endswith(".fdseq"):
                return name
        raise CannotInspect("its package has no fixed document sequence")

    def _targets(self, part: str) -> list[str]:
        base = posixpath.dirname("/" + part.lstrip("/"))
        return [
            posixpath.normpath(posixpath.join(base, target.decode("utf-8", "replace"))).lstrip("/")
            for target in _TARGET.findall(self._read(part))
        ]

    def _read(self, part: str) -> bytes:
        name = self._names.get(part.lower().lstrip("/"))
        if name is None:
            pieces = sorted(n for n in self._names if n.startswith(part.lower().lstrip("/") + "/["))
            if not pieces:
                raise CannotInspect(f"its package lacks the part {part[:100]}")
            return b"".join(self._entry(self._names[piece]) for piece in pieces)
        return self._entry(name)

    def _entry(self, name: str) -> bytes:
        size = self._archive.getinfo(name).file_size
        self._unpacked += size
        if size > limits.ZIP_ENTRY_OCTETS_MAX or self._unpacked > limits.DOCUMENT_UNPACKED_OCTETS_MAX:
            raise CannotInspect(f"its part {name[:100]} unpacks to {size} octets")
        with self._archive.open(name) as entry:
            return entry.read(limits.ZIP_ENTRY_OCTETS_MAX + 1)

    def _page(self, part: str) -> PageInfo:
        markup = self._read(part)
        if markup.startswith((b"\xff\xfe", b"\xfe\xff")):
            markup = markup.decode("utf-16", "replace").encode()
        head = _PAGE.search(markup)
        if head is None:
            raise CannotInspect(f"its part {part[:100]} is no page")
        size = {name: float(value) for name, value in _DIMENSION.findall(head[0])}
        width, height = size.get(b"Width", 793.7), size.get(b"Height", 1122.5)
        colour = self._markup_is_colour(markup, part)
        return PageInfo(colour, round_mm(width * 25.4 / 96), round_mm(height * 25.4 / 96))

    def _markup_is_colour(self, markup: bytes, part: str) -> bool:
        for value in set(_COLOUR.findall(markup)):
            if not value[0:2].lower() == value[2:4].lower() == value[4:6].lower():
                return True
        for value in _SC_RGB.findall(markup):
            if len({v.strip() for v in value.split(b",")[-3:]}) > 1:
                return True
        if _CONTEXT.search(markup) or _NAMED.search(markup):
            return True
        base = posixpath.dirname("/" + part)
        return any(
            self._image(posixpath.normpath(posixpath.join(base, source.decode("utf-8", "replace"))))
            for source in set(_IMAGE.findall(markup))
        )

    def _image(self, part: str) -> bool:
        if part not in self._images:
            try:
                with Image.open(io.BytesIO(self._read(part))) as image:
                    large = image.size[0] * image.size[1] > limits.IMAGE_PIXELS_MAX
                    self._images[part] = large or image_is_colour(image)
            except CannotInspect:
                raise
            except Exception:  # noqa: BLE001  JPEG XR and damaged images: counted as colour
                self._images[part] = True
        return self._images[part]
