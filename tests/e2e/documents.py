"""The documents that are printed: each says on its first page, or in its header, whose it is."""

from __future__ import annotations

import random
from dataclasses import dataclass

from tests.peers import documents as make
from tests.peers.rasters import pwg_raster


@dataclass(frozen=True)
class Paper:
    """A document, and how many of its pages need colour."""

    kind: str
    data: bytes
    pages: int
    coloured: int


def document(kind: str, tag: str, chance: random.Random, *, at_least: int = 1) -> Paper:
    """A document of this kind, of up to five pages, some of them in colour."""
    pages = chance.randint(at_least, 5)
    colour = {page for page in range(1, pages + 1) if chance.random() < 0.3}
    match kind:
        case "pdf":
            data = make.pdf(pages, size="a4", title=tag, colour=colour, compress=chance.random() < 0.5)
        case "ps":
            data, colour = make.postscript(pages, size="a4", title=tag), set()
        case "text":
            sheet = "".join(f"{tag} line {line}\n" for line in range(30))
            data, colour = "\f".join([sheet] * pages).encode(), set()
        case "pcl":
            sheet = "".join(f"{tag} line {line}\r\n" for line in range(30))
            copies = f"\x1b&l{chance.choice((1, 1, 2))}X"
            data, colour = (
                f"\x1bE{copies}{''.join(sheet + chr(12) for _ in range(pages))}\x1bE".encode(),
                set(),
            )
        case "pwg":
            kind_of_colour = chance.choice(("sgray-8", "srgb-8"))
            raster = bytearray(pwg_raster(pages, make.SIZES["a4"], resolution=30, colour_type=kind_of_colour))
            raster[4 + 128 : 4 + 128 + len(tag)] = tag.encode()  # MediaType, which nobody here reads
            data, colour = bytes(raster), set(range(1, pages + 1)) if kind_of_colour == "srgb-8" else set()
        case "jpeg":
            data, pages, colour = make.jpeg(200, 300, colour=False), 1, set()
        case _:
            raise ValueError(kind)
    return Paper(kind, data, pages, len(colour))
