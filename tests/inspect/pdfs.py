"""PDF pages that each aim at one trap of colour detection, and the makers of hostile PDFs."""

from __future__ import annotations

import io
import random
from pathlib import Path

import pikepdf
from pikepdf import Array, Dictionary, Name, Pdf, Stream
from PIL import Image, ImageCms

RED = "1 0 0 rg "
BOX = "100 100 200 200 re f"

CONTENTS: list[tuple[str, str]] = [
    ("black", "0 g " + BOX),
    ("rgb black", "0 0 0 rg " + BOX),
    ("rgb grey", "0.5 0.5 0.5 rg " + BOX),
    ("rgb grey in other digits", ".50 0.5 0.500 rg " + BOX),
    ("rgb nearly grey", "0.5 0.5 0.501 rg " + BOX),
    ("rgb just coloured", "0.5 0.5 0.503 rg " + BOX),
    ("cal grey", "/Cal cs 0.5 0.5 0.5 sc " + BOX),
    ("icc grey", "/Icc cs 0.5 0.5 0.5 sc " + BOX),
    ("icc colour", "/Icc cs 0.5 0.2 0.5 sc " + BOX),
    ("lab colour", "/Lab cs 50 40 0 sc " + BOX),
    ("spot", "/Sep cs 0.5 scn " + BOX),
    ("spot at nothing", "/Sep cs 0 scn " + BOX),
    ("spot black", "/SepB cs 0.5 scn " + BOX),
    ("registration", "/SepAll cs 0.5 scn " + BOX),
    ("separation cyan", "/SepC cs .5 scn " + BOX),
    ("deviceN black", "/DevN cs .5 scn " + BOX),
    ("deviceN cyan and black, no cyan", "/DevCK cs 0 .5 scn " + BOX),
    ("deviceN cyan and black", "/DevCK cs .1 .5 scn " + BOX),
    ("three inks that mix to grey", "0.2 0.2 0.2 0 k " + BOX),
    ("rich black", "1 1 1 1 k " + BOX),
    ("pure black ink", "0 0 0 1 k " + BOX),
    ("a trace of yellow", "0 0 0.003 0 k " + BOX),
    ("less than a trace of yellow", "0 0 0.0019 0 k " + BOX),
    ("hairline", "1 0 0 RG 0 w 100 100 m 400 100 l S"),
    ("coloured text", RED + "BT /F 12 Tf 100 100 Td (Hello) Tj ET"),
    ("invisible text", RED + "3 Tr BT /F 12 Tf 100 100 Td (Hi) Tj ET"),
    ("coloured spaces", RED + "BT /F 12 Tf 100 100 Td (   ) Tj ET"),
    ("clip only", RED + "100 100 200 200 re W n"),
    ("off the page", RED + "1000 100 200 200 re f"),
    ("clipped away", "q 0 0 10 10 re W n " + RED + BOX + " Q"),
    ("clip by lines", "q 0 0 m 400 0 l 400 400 l 0 400 l h W n " + RED + BOX + " Q"),
    ("clip by a triangle", "q 0 0 m 50 0 l 0 50 l h W n " + RED + BOX + " Q"),
    ("white", "1 1 1 rg " + BOX),
    ("transparent", "/Clear gs " + RED + BOX),
    ("half transparent", "/Half gs " + RED + BOX),
    ("luminosity over white", "/Lum gs " + RED + BOX),
    ("covered", RED + BOX + " 1 1 1 rg 90 90 220 220 re f"),
    ("half covered", RED + BOX + " 1 1 1 rg 90 90 100 220 re f"),
    ("covered in two steps", RED + BOX + " 1 g 90 90 110 220 re f 190 90 120 220 re f"),
    ("covered by an image", RED + BOX + " q 220 0 0 220 90 90 cm /Grey Do Q"),
    ("rgb image, grey", "q 200 0 0 200 100 100 cm /Grey Do Q"),
    ("icc image, grey", "q 200 0 0 200 100 100 cm /IccGrey Do Q"),
    ("rgb image, off by one", "q 200 0 0 200 100 100 cm /OffByOne Do Q"),
    ("rgb image, one red pixel", "q 200 0 0 200 100 100 cm /OneRed Do Q"),
    ("indexed image, grey palette", "q 200 0 0 200 100 100 cm /IndexGrey Do Q"),
    ("indexed image, colours unused", "q 200 0 0 200 100 100 cm /IndexUnused Do Q"),
    ("indexed image, colours used", "q 200 0 0 200 100 100 cm /IndexUsed Do Q"),
    ("cmyk image, black only", "q 200 0 0 200 100 100 cm /CmykBlack Do Q"),
    ("cmyk image, cyan", "q 200 0 0 200 100 100 cm /CmykCyan Do Q"),
    ("jpeg, grey", "q 200 0 0 200 100 100 cm /JpegGrey Do Q"),
    ("jpeg, grey as three components", "q 200 0 0 200 100 100 cm /JpegGrey3 Do Q"),
    ("jpeg, colour", "q 200 0 0 200 100 100 cm /JpegColour Do Q"),
    ("stencil in red", RED + "q 200 0 0 200 100 100 cm /Stencil Do Q"),
    ("stencil in black", "0 g q 200 0 0 200 100 100 cm /Stencil Do Q"),
    ("image behind an empty mask", "q 200 0 0 200 100 100 cm /Masked Do Q"),
    ("form in colour", "/Form Do"),
    ("form in colour, off the page", "q 1 0 0 1 2000 0 cm /Form Do Q"),
    ("form in grey", "/GreyForm Do"),
    ("shading, grey", "/ShadeGrey sh"),
    ("shading, colour", "/ShadeColour sh"),
    ("tiling pattern in colour", "/Pattern cs /Tile scn " + BOX),
    ("tiling pattern, uncoloured, red", "/Uncoloured cs 1 0 0 /Stamp scn " + BOX),
    ("tiling pattern, uncoloured, grey", "/Uncoloured cs .5 .5 .5 /Stamp scn " + BOX),
    ("inline image, grey", "q 9 0 0 9 99 99 cm BI /W 1 /H 1 /BPC 8 /CS /G ID \x80 EI Q"),
    ("inline image, rgb red", "q 9 0 0 9 99 99 cm BI /W 1 /H 1 /BPC 8 /CS /RGB /F /AHx ID ff0000> EI Q"),
    ("inline image, rgb grey", "q 9 0 0 9 99 99 cm BI /W 1 /H 1 /BPC 8 /CS /RGB /F /AHx ID 808080> EI Q"),
    ("an operator's name in a string", "BT /F 12 Tf 100 100 Td (1 0 0 rg ) Tj ET"),
    (
        "covered in a grey set within text",
        RED + BOX + " BT /F 9 Tf 9 600 Td (abc) Tj 0 g ET 90 90 220 220 re f",
    ),
    ("covered, then red again", RED + BOX + " 1 g 90 90 220 220 re f 1 0 0 rg 400 400 50 50 re f"),
    ("red text under a white box", RED + "BT /F 12 Tf 100 100 Td (Hello) Tj ET 1 g 90 90 220 220 re f"),
    ("red text turned upside down", "q -1 0 0 -1 300 300 cm " + RED + "BT /F 12 Tf 9 9 Td (Hello) Tj ET Q"),
    ("a state restored", "q " + RED + "Q " + BOX),
    ("red curve as a line", "1 0 0 RG 100 100 m 200 300 300 300 400 100 c S"),
    ("red outline covered by a form", "1 0 0 RG 120 120 50 50 re S /GreyForm Do"),
    ("empty", ""),
]
"""(name, content stream): one page each."""


def _function(last: list[float], first: list[float] | None = None) -> Dictionary:
    return Dictionary(FunctionType=2, Domain=[0, 1], C0=first or [0] * len(last), C1=last, N=1)


def _spaces(pdf: Pdf) -> Dictionary:
    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    white = [0.9505, 1, 1.089]
    cyan_black = Array([Name.Cyan, Name.Black])
    return Dictionary(
        Cal=Array([Name.CalRGB, Dictionary(WhitePoint=white)]),
        Lab=Array([Name.Lab, Dictionary(WhitePoint=white, Range=[-100, 100, -100, 100])]),
        Icc=pdf.make_indirect(Array([Name.ICCBased, Stream(pdf, profile, N=3)])),
        Sep=Array([Name.Separation, Name.Spot, Name.DeviceCMYK, _function([0, 1, 1, 0])]),
        SepB=Array([Name.Separation, Name.Black, Name.DeviceCMYK, _function([0, 0, 0, 1])]),
        SepAll=Array([Name.Separation, Name.All, Name.DeviceCMYK, _function([1, 1, 1, 1])]),
        SepC=Array([Name.Separation, Name.Cyan, Name.DeviceCMYK, _function([1, 0, 0, 0])]),
        DevN=Array([Name.DeviceN, Array([Name.Black]), Name.DeviceCMYK, _function([0, 0, 0, 1])]),
        DevCK=Array(
            [
                Name.DeviceN,
                cyan_black,
                Name.DeviceCMYK,
                Stream(
                    pdf,
                    b"{0 exch 0 exch}",
                    FunctionType=4,
                    Domain=[0, 1, 0, 1],
                    Range=[0, 1, 0, 1, 0, 1, 0, 1],
                ),
            ]
        ),
        Uncoloured=Array([Name.Pattern, Name.DeviceRGB]),
    )


def _image(pdf: Pdf, space: object, data: bytes, side: int = 4, **more: object) -> Stream:
    return Stream(
        pdf,
        data,
        Type=Name.XObject,
        Subtype=Name.Image,
        Width=side,
        Height=side,
        BitsPerComponent=8,
        ColorSpace=space,
        **more,
    )


def _jpeg(pdf: Pdf, mode: str, colour: object) -> Stream:
    out = io.BytesIO()
    Image.new(mode, (16, 16), colour).save(out, "JPEG")
    space = Name.DeviceGray if mode == "L" else Name.DeviceRGB
    return _image(pdf, space, out.getvalue(), 16, Filter=Name.DCTDecode)


def _xobjects(pdf: Pdf, spaces: Dictionary) -> Dictionary:
    grey, red = b"\x80\x80\x80", b"\xff\x00\x00"
    palette = Array([Name.Indexed, Name.DeviceRGB, 1, pikepdf.String(grey + red)])
    grey_palette = Array([Name.Indexed, Name.DeviceRGB, 1, pikepdf.String(grey + b"\x10\x10\x10")])
    form = {"Type": Name.XObject, "Subtype": Name.Form, "BBox": [0, 0, 600, 600]}
    stencil = Stream(
        pdf,
        b"\x00",
        Type=Name.XObject,
        Subtype=Name.Image,
        Width=1,
        Height=1,
        ImageMask=True,
        BitsPerComponent=1,
    )
    masked = _image(pdf, Name.DeviceRGB, red * 16)
    masked.SMask = _image(pdf, Name.DeviceGray, b"\x00" * 16)
    return Dictionary(
        Grey=_image(pdf, Name.DeviceRGB, grey * 16),
        IccGrey=_image(pdf, spaces.Icc, grey * 16),
        OffByOne=_image(pdf, Name.DeviceRGB, b"\x80\x80\x81" * 16),
        OneRed=_image(pdf, Name.DeviceRGB, grey * 15 + red),
        IndexGrey=_image(pdf, grey_palette, b"\x00\x01" * 8),
        IndexUnused=_image(pdf, palette, b"\x00" * 16),
        IndexUsed=_image(pdf, palette, b"\x00\x01" * 8),
        CmykBlack=_image(pdf, Name.DeviceCMYK, b"\x00\x00\x00\x80" * 16),
        CmykCyan=_image(pdf, Name.DeviceCMYK, b"\x40\x00\x00\x80" * 16),
        JpegGrey=_jpeg(pdf, "L", 100),
        JpegGrey3=_jpeg(pdf, "RGB", (100, 100, 100)),
        JpegColour=_jpeg(pdf, "RGB", (200, 100, 100)),
        Stencil=stencil,
        Masked=masked,
        Form=Stream(pdf, (RED + BOX).encode(), **form),
        GreyForm=Stream(pdf, (".3 g " + BOX).encode(), **form),
    )


def _resources(pdf: Pdf) -> Dictionary:
    spaces = _spaces(pdf)
    shade = {"ShadingType": 2, "Coords": [0, 0, 500, 500], "ColorSpace": Name.DeviceRGB}
    tile = {"PatternType": 1, "TilingType": 1, "BBox": [0, 0, 9, 9], "XStep": 9, "YStep": 9}
    empty = Dictionary()
    return Dictionary(
        ColorSpace=spaces,
        XObject=_xobjects(pdf, spaces),
        Font=Dictionary(F=Dictionary(Type=Name.Font, Subtype=Name.Type1, BaseFont=Name.Helvetica)),
        ExtGState=Dictionary(
            Clear=Dictionary(ca=0), Half=Dictionary(ca=0.5), Lum=Dictionary(BM=Name.Luminosity)
        ),
        Shading=Dictionary(
            ShadeGrey=Dictionary(**shade, Function=_function([0.9, 0.9, 0.9])),
            ShadeColour=Dictionary(**shade, Function=_function([0.9, 0.1, 0.9])),
        ),
        Pattern=Dictionary(
            Tile=Stream(pdf, b"0 0 1 rg 0 0 4 4 re f", PaintType=1, Resources=empty, **tile),
            Stamp=Stream(pdf, b"0 0 4 4 re f", PaintType=2, Resources=empty, **tile),
        ),
    )


def write_traps(path: Path) -> list[str]:
    """One page for each of ``CONTENTS``; returns their names."""
    pdf = Pdf.new()
    resources = pdf.make_indirect(_resources(pdf))
    for _, content in CONTENTS:
        page = pdf.add_blank_page(page_size=(595, 842))
        page.obj.Contents = Stream(pdf, content.encode("latin-1"))
        page.obj.Resources = resources
    pdf.save(path, object_stream_mode=pikepdf.ObjectStreamMode.generate)
    return [name for name, _ in CONTENTS]


def simple(pages: int, content: bytes = b"0 g 100 100 200 200 re f", **save: object) -> bytes:
    """``pages`` pages with the same content, A4."""
    pdf = Pdf.new()
    for _ in range(pages):
        page = pdf.add_blank_page(page_size=(595, 842))
        page.obj.Contents = Stream(pdf, content)
    out = io.BytesIO()
    pdf.save(out, **save)
    return out.getvalue()


_COLOURS = (
    *("0 g", "1 g", ".4 g", "0 0 0 rg", ".5 .5 .5 rg", "1 0 0 rg", "0 0 1 rg", "1 1 1 rg", "0 0 0 1 k"),
    *("0 1 0 0 k", "0 0 0 0 k", "1 0 0 RG", "0 G", "/Sep cs 1 scn", "/SepB cs 1 scn", "/DevCK cs 0 1 scn"),
    *("/Icc cs .2 .2 .2 sc", "/Icc cs .2 .9 .2 sc"),
)
_PICTURES = ("Grey", "OneRed", "IndexUsed", "CmykCyan", "JpegColour", "Stencil", "Masked", "IccGrey")
_TURNS = ("1 0 0 1", "0 1 -1 0", ".7 .7 -.7 .7", "-1 0 0 1")


def _operation(rng: random.Random, depth: int) -> str:
    def at(low: int = 50, high: int = 500) -> int:
        return rng.randint(low, high)

    def inner(count: int) -> str:
        return " ".join(_operation(rng, depth + 1) for _ in range(rng.randint(1, count)))

    colour = rng.choice(_COLOURS)
    kinds = [
        colour,
        f"{at()} {at()} {at(20, 200)} {at(20, 200)} re f",
        f"BT /F 12 Tf {at()} {at()} Td (Hello) Tj {rng.choice(['', colour])} ET",
        f"{at()} {at()} m {at()} {at()} l S",
        f"{at()} {at()} m {at()} {at()} l {at()} {at()} l h f",
        f"q {at(20, 200)} 0 0 {at(20, 200)} {at()} {at()} cm /{rng.choice(_PICTURES)} Do Q",
        rng.choice(["/Half gs", "/Clear gs", "/Form Do", "/GreyForm Do"]),
        f"q {rng.choice(_TURNS)} {at(200, 300)} {at(200, 300)} cm {colour} 0 0 {at(20, 99)} 44 re f Q",
    ]
    if depth < 2:
        clip = f"{at(0, 200)} {at(0, 200)} {at(100, 400)} {at(100, 400)} re W n"
        kinds += [f"q {inner(5)} Q", f"q {clip} {inner(4)} Q"]
    return rng.choices(kinds, weights=[5, 3, 1, 1, 1, 1, 1, 2, 1, 1][: len(kinds)])[0]


def write_random(path: Path, seed: int, pages: int) -> list[str]:
    """Pages of random operators over the same resources; returns their content streams."""
    rng = random.Random(seed)
    pdf = Pdf.new()
    resources = pdf.make_indirect(_resources(pdf))
    contents = [" ".join(_operation(rng, 0) for _ in range(rng.randint(2, 10))) for _ in range(pages)]
    for content in contents:
        page = pdf.add_blank_page(page_size=(595, 842))
        page.obj.Contents = Stream(pdf, content.encode("latin-1"))
        page.obj.Resources = resources
    pdf.save(path)
    return contents
