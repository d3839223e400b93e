"""A small PPD of a queue, for programs that cannot do without one (``lpoptions -l``, old print dialogs).

PostScript Printer Description 4.3 with CUPS' extensions. It says that the server takes documents as they are
(``cupsFilter2`` with the same type on both sides), and lists the options of the queue's profile.
"""

from collections.abc import Sequence
from typing import Final

from plantin import __version__
from plantin.frontends.ipp.directory import QueueEntry
from plantin.frontends.ipp.printer.live import make_and_model
from plantin.frontends.ipp.printer.profile import Profile
from plantin.ipp.media import media_size, ppd_media_name

_DUPLEX: Final = {
    "one-sided": ("None", "Off"),
    "two-sided-long-edge": ("DuplexNoTumble", "On, long edge"),
    "two-sided-short-edge": ("DuplexTumble", "On, short edge"),
}
_COLOR: Final = {"monochrome": ("Gray", "Grayscale"), "color": ("RGB", "Color")}
_QUALITY: Final = {3: ("Draft", "Draft"), 4: ("Normal", "Normal"), 5: ("High", "High")}
_OUR_NAME: Final = '*PCFileName: "plantin.ppd"'
_DEFAULT: Final = "*Default"
_POINTS_PER_HUNDREDTH_MM: Final = 72 / 2540
_MARGIN_POINTS: Final = 12


def ppd(entry: QueueEntry, profile: Profile) -> bytes:
    """The PPD file of a queue."""
    model = _plain(make_and_model(entry))
    color = any(mode == "color" for mode in profile.strings("print-color-mode-supported"))
    lines = [
        '*PPD-Adobe: "4.3"',
        '*FormatVersion: "4.3"',
        f'*FileVersion: "{__version__}"',
        "*LanguageVersion: English",
        "*LanguageEncoding: ISOLatin1",
        _OUR_NAME,
        '*Manufacturer: "Plantin"',
        f'*ModelName: "{model}"',
        '*Product: "(Plantin)"',
        f'*NickName: "{model}"',
        f'*ShortNickName: "{model[:31]}"',
        '*PSVersion: "(3010.000) 550"',
        '*LanguageLevel: "3"',
        f"*ColorDevice: {color}",
        f"*DefaultColorSpace: {'RGB' if color else 'Gray'}",
        "*FileSystem: False",
        '*Throughput: "1"',
        "*LandscapeOrientation: Plus90",
        "*TTRasterizer: Type42",
        "*cupsVersion: 2.4",
        "*cupsModelNumber: 0",
        "*cupsManualCopies: False",
        '*cupsFilter2: "application/pdf application/pdf 0 -"',
        '*cupsFilter2: "application/octet-stream application/octet-stream 0 -"',
        *_media(profile),
        *_options(profile),
        "*% End",
    ]
    return ("\n".join(lines) + "\n").encode("latin-1", "replace")


def is_ours(data: bytes | bytearray) -> bool:
    """Whether a PPD is one that :func:`ppd` made, perhaps with other defaults since."""
    return _OUR_NAME.encode() in data


def ppd_defaults(data: bytes | bytearray) -> dict[str, str]:
    """The defaults of a PPD: option -> choice."""
    found = {}
    for line in data.decode("latin-1").splitlines():
        keyword, colon, choice = line.partition(":")
        if colon and keyword.startswith(_DEFAULT):
            found[keyword.removeprefix(_DEFAULT)] = choice.strip()
    return found


def _plain(text: str) -> str:
    return "".join(char for char in text if char.isprintable() and char not in '":*')[:80]


def _media(profile: Profile) -> list[str]:
    sizes: list[tuple[str, float, float]] = []
    for name in profile.strings("media-supported"):
        short, size = ppd_media_name(name), media_size(name)
        if short and size and short not in (known for known, _, _ in sizes):
            sizes.append((short, size.x * _POINTS_PER_HUNDREDTH_MM, size.y * _POINTS_PER_HUNDREDTH_MM))
    if not sizes:
        return []
    default = ppd_media_name((profile.strings("media-default") or ("",))[0]) or sizes[0][0]
    lines = []
    for keyword in ("PageSize", "PageRegion"):
        lines += [
            f"*OpenUI *{keyword}/Media Size: PickOne",
            f"*OrderDependency: 10 AnySetup *{keyword}",
            f"*Default{keyword}: {default}",
        ]
        lines += [f'*{keyword} {name}: "<</PageSize[{x:.0f} {y:.0f}]>>setpagedevice"' for name, x, y in sizes]
        lines.append(f"*CloseUI: *{keyword}")
    margin = _MARGIN_POINTS
    lines.append(f"*DefaultImageableArea: {default}")
    lines += [
        f'*ImageableArea {name}: "{margin} {margin} {x - margin:.2f} {y - margin:.2f}"'
        for name, x, y in sizes
    ]
    lines.append(f"*DefaultPaperDimension: {default}")
    lines += [f'*PaperDimension {name}: "{x:.2f} {y:.2f}"' for name, x, y in sizes]
    return lines


def _options(profile: Profile) -> list[str]:
    sides = [_DUPLEX[side] for side in profile.strings("sides-supported") if side in _DUPLEX]
    modes = [_COLOR[mode] for mode in profile.strings("print-color-mode-supported") if mode in _COLOR]
    qualities = [
        _QUALITY[number] for number in profile.integers("print-quality-supported") if number in _QUALITY
    ]
    bins = [(_camel(name), name) for name in profile.strings("output-bin-supported")]
    lines = []
    if len(sides) > 1:
        lines += _choice("Duplex", "2-Sided Printing", sides)
    if len(modes) > 1:
        lines += _choice("ColorModel", "Output Mode", modes)
    if len(qualities) > 1:
        lines += _choice("cupsPrintQuality", "Print Quality", qualities, default="Normal")
    if len(bins) > 1:
        lines += _choice("OutputBin", "Output Bin", bins)
    return lines


def _choice(keyword: str, label: str, choices: Sequence[tuple[str, str]], default: str = "") -> list[str]:
    names = [name for name, _ in choices]
    return [
        f"*OpenUI *{keyword}/{label}: PickOne",
        f"*OrderDependency: 10 AnySetup *{keyword}",
        f"*Default{keyword}: {default if default in names else names[0]}",
        *(f'*{keyword} {name}/{_plain(text)}: ""' for name, text in choices),
        f"*CloseUI: *{keyword}",
    ]


def _camel(words: str) -> str:
    return "".join(word.capitalize() for word in words.split("-"))
