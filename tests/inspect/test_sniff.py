"""The language of a document from its first bytes: signatures, wrappings, and what only looks like one."""

import gzip
import io
import zipfile

import pytest
from hypothesis import given
from hypothesis import strategies as st

from plantin.inspect import sniff as s

UEL = b"\x1b%-12345X"


def _zip(*names: str, body: bytes = b"x") -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        for name in names:
            archive.writestr(name, body)
    return out.getvalue()


CASES = [
    (b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n1 0 obj", s.PDF),
    (b"\x00\x01junk\r\n" + b"\xff" * 900 + b"\n%PDF-1.4\n", s.PDF),
    (UEL + b"@PJL JOB\r\n@PJL SET COPIES=2\r\n@PJL ENTER LANGUAGE=PDF\r\n%PDF-1.4\n", s.PDF),
    (UEL + b"%PDF-1.4\n", s.PDF),
    (b"%!PS-Adobe-3.0 PDF-1.4\n", s.PDF),
    (b"\xff" * 1100 + b"\n%PDF-1.4\n", s.OCTET_STREAM),
    (b"Dear all,\nthe file starts with %PDF-1.4 as it should.\n", s.TEXT),
    (b"%PDF-1.7\n%PCLm 1.0\n", s.PCLM),
    (b"%!PS-Adobe-3.0\n%%Pages: 3\n", s.POSTSCRIPT),
    (b"\x04%!PS\nshowpage", s.POSTSCRIPT),
    (b"\xc5\xd0\xd3\xc6\x1e\x00\x00\x00", s.POSTSCRIPT),
    (UEL + b"@PJL ENTER LANGUAGE = POSTSCRIPT \r\n%!PS\n", s.POSTSCRIPT),
    (b"@PJL ENTER LANGUAGE=PostScript\n%!PS\n", s.POSTSCRIPT),
    (b"RaS2PwgRaster\x00", s.PWG_RASTER),
    (b"RaS2", s.PWG_RASTER),
    (b"RaS2MediaClass\x00", s.CUPS_RASTER),
    (b"RaSt", s.CUPS_RASTER),
    (b"3SaR", s.CUPS_RASTER),
    (b"UNIRAST\x00\x00\x00\x00\x01", s.URF),
    (b"\x1bE\x1b&l0O", s.PCL),
    (b"\x1b&l1H\x1b(s3T", s.PCL),
    (UEL + b"\x1bE", s.PCL),
    (UEL + b"@PJL SET DUPLEX=ON\r\n@PJL ENTER LANGUAGE=PCL\r\n\x1bE", s.PCL),
    (UEL + b"@PJL SET DUPLEX=ON\r\n\x1bEhello", s.PCL),
    (UEL + b"@PJL SET DUPLEX=ON\r\nhello", s.PCL),
    (UEL + b"@PJL ENTER LANGUAGE=PCLXL\r\n) HP-PCL XL;3;0;Comment x\n", s.PCL_XL),
    (b") HP-PCL XL;2;1\n", s.PCL_XL),
    (b"( HP-PCL XL;2;1\n", s.PCL_XL),
    (UEL + b"@PJL\r\n@PJL SET USERNAME=", s.PJL),
    (UEL + b"@PJL INFO ID\r\n", s.PJL),
    (UEL, s.PJL),
    (UEL + b"@PJL ENTER LANGUAGE=ZJS\r\nJZJZ", s.OCTET_STREAM),
    (UEL + b"@PJL ENTER LANGUAGE=HPGL2\r\nIN;SP1;", s.HPGL),
    (b"\x1b%-1BIN;SP1;PU0,0;", s.HPGL),
    (b"IN;SP1;PU0,0;PD100,100;", s.HPGL),
    (b"\xff\xd8\xff\xe0\x00\x10JFIF\x00", s.JPEG),
    (b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR", s.PNG),
    (b"II*\x00\x08\x00\x00\x00", s.TIFF),
    (b"MM\x00*\x00\x00\x00\x08", s.TIFF),
    (b"II+\x00\x08\x00\x00\x00", s.TIFF),
    (b"GIF89a", s.GIF),
    (_zip("[Content_Types].xml", "_rels/.rels", "FixedDocumentSequence.fdseq"), s.XPS),
    (_zip("[Content_Types].xml", "word/document.xml"), s.ZIP),
    (gzip.compress(b"%PDF-1.4"), s.GZIP),
    (b"\x1b@\x1b(G\x01\x00\x01", s.ESCP2),
    (b"\x00\x00\x00\x1b\x01@EJL 1284.4\n@EJL     \n\x1b@", s.ESCP2),
    (b"^XA^FO50,50^FDHi^FS^XZ", s.ZPL),
    (b"!R! SDIR 1; EXIT;", s.OCTET_STREAM),
    (b"Hello world\r\n", s.TEXT),
    ("Grüße, 日本\n".encode(), s.TEXT),
    ("Grüße\n".encode()[:4], s.TEXT),
    ("Gr\xfc\xdfe aus K\xf6ln, alles mit einem Oktett je Zeichen\n".encode("latin-1"), s.TEXT),
    ("Hallo".encode("utf-16"), s.TEXT),
    (b"Report\x0cpage two\x0c", s.TEXT),
    (b"", s.OCTET_STREAM),
    (bytes(range(256)), s.OCTET_STREAM),
    (b"\x7fELF\x02\x01\x01\x00", s.OCTET_STREAM),
]


@pytest.mark.parametrize(("head", "kind"), CASES, ids=map(str, range(len(CASES))))
def test_signature(head: bytes, kind: str) -> None:
    assert s.sniff(head) == kind


@given(st.binary(max_size=2000))
def test_any_bytes_have_a_media_type(head: bytes) -> None:
    assert "/" in s.sniff(head)


@given(st.sampled_from([case[0] for case in CASES]), st.binary(max_size=200), st.integers(0, 200))
def test_damaged_heads_have_a_media_type(head: bytes, tail: bytes, cut: int) -> None:
    assert "/" in s.sniff(head[:cut] + tail)
    assert "/" in s.sniff(UEL + b"@PJL " + tail + head)


def test_a_head_of_many_pjl_lines_is_read_in_linear_time() -> None:
    head = UEL + b"@PJL COMMENT x\r\n" * 60_000
    assert s.sniff(head) == s.PJL
