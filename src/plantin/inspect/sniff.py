"""What language a document is written in, told from its first bytes.

Promises: a pure function of the bytes, in bounded time; never looks at a file name or at what the client
declared; garbage gives ``application/octet-stream``. Wrapping that printers skip is skipped here too:
universal exit language and PJL headers, up to 1 KiB of junk before ``%PDF-``, Ctrl-D or a DOS EPS header
before PostScript.
Never: opens a file, unpacks an archive, or says anything about the document's health.

Signatures: ISO 32000-1 annex H.3.4.1 (PDF), Adobe PLRM 3 and DSC 3.0, PWG 5102.4 section 4.1 (PWG raster),
CUPS raster, Apple raster (``UNIRAST``), HP PCL 5 and PJL reference manuals, HP PCL XL class 2.0 stream
header, Wi-Fi PCLm, ECMA-388 (XPS), Epson ESC/P2 reference, ISO 10918-1, PNG, TIFF 6.0, RFC 1952.
"""

import re
from typing import Final

PDF: Final = "application/pdf"
PCLM: Final = "application/PCLm"
POSTSCRIPT: Final = "application/postscript"
PWG_RASTER: Final = "image/pwg-raster"
CUPS_RASTER: Final = "application/vnd.cups-raster"
URF: Final = "image/urf"
PCL: Final = "application/vnd.hp-PCL"
PCL_XL: Final = "application/vnd.hp-PCLXL"
PJL: Final = "application/vnd.hp-PJL"
HPGL: Final = "application/vnd.hp-HPGL"
JPEG: Final = "image/jpeg"
PNG: Final = "image/png"
TIFF: Final = "image/tiff"
GIF: Final = "image/gif"
XPS: Final = "application/vnd.ms-xpsdocument"
OPEN_XPS: Final = "application/oxps"
ZIP: Final = "application/zip"
GZIP: Final = "application/gzip"
ESCP2: Final = "application/vnd.epson.escp2"
ZPL: Final = "application/vnd.zebra.zpl"
TEXT: Final = "text/plain"
OCTET_STREAM: Final = "application/octet-stream"

HEAD_OCTETS: Final = 8192
"""How much of a document ``sniff`` wants to see: more does no harm, less may leave PJL or ZIP undecided."""
_PDF_JUNK_OCTETS: Final = 1024
UEL: Final = b"\x1b%-12345X"
"""Universal exit language: begins and ends a PJL job."""

_LANGUAGES: Final = {
    b"PCL": PCL,
    b"PCL3GUI": PCL,
    b"PCLSLEEK": OCTET_STREAM,
    b"PCLXL": PCL_XL,
    b"POSTSCRIPT": POSTSCRIPT,
    b"PS": POSTSCRIPT,
    b"PDF": PDF,
    b"HPGL2": HPGL,
    b"HPGL": HPGL,
    b"ESCP": ESCP2,
    b"ESCP2": ESCP2,
    b"EPSON": ESCP2,
    b"PCLM": PCLM,
    b"XPS": XPS,
    b"URF": URF,
    b"PWGRASTER": PWG_RASTER,
    b"JPEG": JPEG,
    b"TIFF": TIFF,
}
"""Values of ``@PJL ENTER LANGUAGE`` (compared without spaces, hyphens and underscores)."""

_MAGIC: Final = (
    (b"\xff\xd8\xff", JPEG),
    (b"\x89PNG\r\n\x1a\n", PNG),
    (b"II*\x00", TIFF),
    (b"MM\x00*", TIFF),
    (b"II+\x00\x08\x00", TIFF),
    (b"MM\x00+\x00\x08", TIFF),
    (b"GIF87a", GIF),
    (b"GIF89a", GIF),
    (b"UNIRAST\x00", URF),
    (b"RaSt", CUPS_RASTER),
    (b"tSaR", CUPS_RASTER),
    (b"RaS3", CUPS_RASTER),
    (b"3SaR", CUPS_RASTER),
    (b"2SaR", CUPS_RASTER),
    (b"\x1f\x8b", GZIP),
    (b"\xc5\xd0\xd3\xc6", POSTSCRIPT),
    (b") HP-PCL XL;", PCL_XL),
    (b"( HP-PCL XL;", PCL_XL),
    (b"' HP-PCL XL;", PCL_XL),
    (b"^XA", ZPL),
    (b"~DG", ZPL),
    (b"!R!", OCTET_STREAM),
)

_PDF_MARK = re.compile(rb"(?:\A|[^ -~])%PDF-\d\.\d")
_PDF_AS_PS = re.compile(rb"%!PS-Adobe-\d\.\d PDF-\d")
_PJL_LINE = re.compile(rb"[ \t\r\n]*@PJL([^\n]*)\n")
_PJL_ENTER = re.compile(rb"[ \t]*ENTER[ \t]+LANGUAGE[ \t]*=[ \t]*\"?([A-Za-z0-9_\- ]+)", re.IGNORECASE)
_PCL_START = re.compile(rb"\x1b(?:E|9|=|Y|Z|[&*()][a-z]?[+\-]?[\d.]*[@-^a-z]|%[+\-]?[0-3]A|%-12345X)")
_HPGL_IN_PCL = re.compile(rb"\x1b%-?[0-3]B")
_HPGL_START = re.compile(rb"\s*(?:BP|IN|DF)[\d,.\- \"A-Za-z]{0,80};\s*[A-Z]{2}[^a-z]")
_ESCP_START = re.compile(rb"\x00*\x1b(?:@|\x01@EJL|\(R\x08\x00\x00REMOTE1)")
_TEXT_CONTROLS: Final = frozenset(b"\a\b\t\n\v\f\r\x1a\x1b\x04\x0e\x0f")
_NO_TEXT: Final = bytes(set(range(32)) - _TEXT_CONTROLS)
_ASCII: Final = bytes(range(0x7F))


def sniff(head: bytes) -> str:
    """The media type of a document that begins with ``head``.

    Args:
        head: the first octets of the document, ideally ``HEAD_OCTETS`` of them.

    Returns:
        One of this module's constants. ``application/vnd.hp-PJL`` when the head ends inside the PJL header,
        ``application/octet-stream`` when nothing fits.
    """
    body, language = skip_pjl(head)
    if not body:
        return language if language else (PJL if len(body) != len(head) else OCTET_STREAM)
    found = _sniff_bare(body)
    if language and found in (TEXT, OCTET_STREAM, PCL):
        return language
    if found == TEXT and len(body) != len(head):
        return PCL  # a printer that was only given PJL prints what follows as PCL text
    return found


def skip_pjl(head: bytes) -> tuple[bytes, str]:
    """What follows the UEL and PJL header lines of ``head``, and the media type ENTER LANGUAGE names.

    Returns:
        The rest (empty when the header does not end within ``head``) and a media type, or ``""``.
    """
    rest = head
    language = ""
    if not (head.startswith((UEL, b"@PJL")) or head[:16].lstrip(b"\x00\r\n\x04 ").startswith((UEL, b"@PJL"))):
        return head, ""
    rest = head.lstrip(b"\x00\r\n\x04 ")
    while True:
        if rest.startswith(UEL):
            rest = rest[len(UEL) :]
            continue
        if UEL.startswith(rest) or b"@PJL".startswith(rest.lstrip(b" \t\r\n")):
            return b"", language
        line = _PJL_LINE.match(rest)
        if line is None:
            return (b"" if rest.lstrip(b" \t\r\n").startswith(b"@PJL") else rest), language
        rest = rest[line.end() :]
        enter = _PJL_ENTER.match(line[1])
        if enter is not None:
            return rest, language_type(enter[1])


def language_type(name: bytes) -> str:
    """The media type of a PJL language name; ``application/octet-stream`` for one that is not known."""
    return _LANGUAGES.get(name.strip().upper().translate(None, b" -_"), OCTET_STREAM)


def _sniff_bare(head: bytes) -> str:
    for magic, kind in _MAGIC:
        if head.startswith(magic):
            return kind
    if head.startswith(b"RaS2"):
        # PWG 5102.4 fixes the first header field; CUPS' own version 2 raster has the same sync word.
        return PWG_RASTER if b"PwgRaster".startswith(head[4:13]) else CUPS_RASTER
    if head.startswith(b"PK\x03\x04"):
        return _sniff_zip(head)
    start = head[:64].lstrip(b"\x04\x00 \t\r\n\xef\xbb\xbf")
    if start.startswith(b"%!"):
        return PDF if _PDF_AS_PS.match(start) else POSTSCRIPT
    junk = head[: _PDF_JUNK_OCTETS + 16]
    mark = (
        _PDF_MARK.search(junk) if b"%PDF-" in junk else None
    )  # a plain search first: it is ten times faster
    if mark is not None:
        return PCLM if b"%PCLm" in head[mark.end() : mark.end() + 32] else PDF
    if _ESCP_START.match(head):
        return ESCP2
    if _HPGL_IN_PCL.match(head):
        return HPGL
    if _PCL_START.match(head.lstrip(b"\x00")):
        return PCL
    if _HPGL_START.match(head):
        return HPGL
    return TEXT if _is_text(head[:HEAD_OCTETS]) else OCTET_STREAM


def _sniff_zip(head: bytes) -> str:
    if b"FixedDoc" in head or b".fdseq" in head or b".fpage" in head or b".fdoc" in head:
        return OPEN_XPS if b"openxps" in head else XPS
    return ZIP


def _is_text(head: bytes) -> bool:
    if head.startswith((b"\xff\xfe", b"\xfe\xff")):
        codec = "utf-16-le" if head[0] == 0xFF else "utf-16-be"
        text = head[2 : 2 + (len(head) - 2) // 2 * 2].decode(codec, "replace")
        return (bool(text) and text.isprintable()) or not any(ord(c) < 7 or c == "\ufffd" for c in text)
    if not head or len(head.translate(None, _NO_TEXT)) != len(head):
        return False
    try:
        head.decode("utf-8")
    except UnicodeDecodeError as error:
        # The head may end inside a character; otherwise it may be a one-byte charset, mostly ASCII.
        if error.start < len(head) - 3:
            return len(head.translate(None, _ASCII)) * 4 < len(head)
    return True
