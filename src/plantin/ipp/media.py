"""Names of media sizes: PWG self-describing names, the names used before them, and PPD names.

Promises sizes in hundredths of millimetres, as ``media-size`` has them; a length that is not a whole number
of them is rounded down, as everybody does (na_monarch is 9842 wide). Never guesses from an unknown name.
PWG 5101.1 section 5 (syntax) and the tables of sizes there; RFC 8011 appendix A for the old names.
"""

import re
from fractions import Fraction
from typing import Final, NamedTuple

HUNDREDTHS_PER_INCH: Final = 2540
HUNDREDTHS_PER_MM: Final = 100
DIMENSION_MAX: Final = 10_000_000
"""100 m: more is no medium."""
SAME_SIZE_TOLERANCE: Final = 50
"""Half a millimetre: devices round inches in their own ways."""

_SELF_DESCRIBING: Final = re.compile(
    r"(?P<size_class>[a-z]{2,10})_(?P<size_name>[a-z0-9][a-z0-9.\-]{0,80})_"
    r"(?P<x>[0-9]{1,6}(?:\.[0-9]{1,6})?)x(?P<y>[0-9]{1,6}(?:\.[0-9]{1,6})?)(?P<unit>in|mm)",
    re.ASCII,
)
_PPD_CUSTOM: Final = re.compile(
    r"Custom\.(?P<x>[0-9]{1,6}(?:\.[0-9]{1,6})?)x(?P<y>[0-9]{1,6}(?:\.[0-9]{1,6})?)(?P<unit>in|ft|mm|cm|m|pt)?",
    re.ASCII,
)
_UNITS: Final = {
    "in": Fraction(HUNDREDTHS_PER_INCH),
    "ft": Fraction(HUNDREDTHS_PER_INCH * 12),
    "mm": Fraction(HUNDREDTHS_PER_MM),
    "cm": Fraction(HUNDREDTHS_PER_MM * 10),
    "m": Fraction(HUNDREDTHS_PER_MM * 1000),
    "pt": Fraction(HUNDREDTHS_PER_INCH, 72),
}
_CUSTOM_RANGE: Final = re.compile(r"custom_(?:min|max)_")


class MediaSize(NamedTuple):
    """Width and length in 1/100 mm (``x-dimension``, ``y-dimension``)."""

    x: int
    y: int


class Medium(NamedTuple):
    """A size of the standard with its names; ``legacy`` and ``ppd`` are empty when there is none."""

    name: str
    legacy: str
    ppd: str
    size: MediaSize


# PWG name, name before PWG 5101.1 (without "-white" and the like), PPD name.
_TABLE: Final = """
na_index-3x5_3x5in               -               3x5
na_personal_3.625x6.5in          -               EnvPersonal
na_monarch_3.875x7.5in           monarch-envelope EnvMonarch
na_number-9_3.875x8.875in        na-number-9-envelope Env9
na_index-4x6_4x6in               -               4x6
na_number-10_4.125x9.5in         na-number-10-envelope Env10
na_a2_4.375x5.75in               -               EnvA2
na_number-11_4.5x10.375in        -               Env11
na_number-12_4.75x11in           -               Env12
na_5x7_5x7in                     -               5x7
na_index-5x8_5x8in               -               5x8
na_number-14_5x11.5in            -               Env14
na_invoice_5.5x8.5in             invoice         Statement
na_index-4x6-ext_6x8in           -               6x8
na_6x9_6x9in                     na-6x9-envelope 6x9
na_c5_6.5x9.5in                  -               6.5x9.5
na_7x9_7x9in                     na-7x9-envelope 7x9
na_executive_7.25x10.5in         executive       Executive
na_govt-letter_8x10in            na-8x10         8x10
na_govt-legal_8x13in             -               -
na_quarto_8.5x10.83in            quarto          Quarto
na_letter_8.5x11in               na-letter       Letter
na_fanfold-eur_8.5x12in          -               FanFoldGerman
na_letter-plus_8.5x12.69in       -               LetterPlus
na_foolscap_8.5x13in             -               FanFoldGermanLegal
na_oficio_8.5x13.4in             -               Oficio
na_legal_8.5x14in                na-legal        Legal
na_super-a_8.94x14in             -               SuperA
na_9x11_9x11in                   na-9x11-envelope 9x11
na_arch-a_9x12in                 arch-a          ARCHA
na_letter-extra_9.5x12in         -               LetterExtra
na_legal-extra_9.5x15in          -               LegalExtra
na_10x11_10x11in                 -               10x11
na_10x13_10x13in                 na-10x13-envelope 10x13
na_10x14_10x14in                 na-10x14-envelope 10x14
na_10x15_10x15in                 na-10x15-envelope 10x15
na_11x12_11x12in                 -               11x12
na_edp_11x14in                   -               11x14
na_fanfold-us_11x14.875in        -               11x14.875
na_11x15_11x15in                 -               11x15
na_ledger_11x17in                tabloid         Tabloid
na_eur-edp_12x14in               -               12x14
na_arch-b_12x18in                arch-b          ARCHB
na_12x19_12x19in                 -               12x19
na_super-b_13x19in               -               SuperB
na_c_17x22in                     c               AnsiC
na_arch-c_18x24in                arch-c          ARCHC
na_d_22x34in                     d               AnsiD
na_arch-d_24x36in                arch-d          ARCHD
na_wide-format_30x42in           -               30x42
asme_f_28x40in                   f               AnsiF
na_e_34x44in                     e               AnsiE
na_arch-e_36x48in                arch-e          ARCHE
na_arch-e2_26x38in               -               26x38
na_arch-e3_27x39in               -               27x39
na_f_44x68in                     -               44x68
iso_a0_841x1189mm                iso-a0          A0
iso_a1_594x841mm                 iso-a1          A1
iso_a2_420x594mm                 iso-a2          A2
iso_a3_297x420mm                 iso-a3          A3
iso_a3-extra_322x445mm           iso-a3-extra    A3Extra
iso_a4_210x297mm                 iso-a4          A4
iso_a4-extra_235.5x322.3mm       iso-a4-extra    A4Extra
iso_a4-tab_225x297mm             iso-a4-tab      A4Tab
iso_a5_148x210mm                 iso-a5          A5
iso_a5-extra_174x235mm           iso-a5-extra    A5Extra
iso_a6_105x148mm                 iso-a6          A6
iso_a7_74x105mm                  iso-a7          A7
iso_a8_52x74mm                   iso-a8          A8
iso_a9_37x52mm                   iso-a9          A9
iso_a10_26x37mm                  iso-a10         A10
iso_sra0_900x1280mm              iso-sra0        SRA0
iso_sra1_640x900mm               iso-sra1        SRA1
iso_sra2_450x640mm               iso-sra2        SRA2
iso_sra3_320x450mm               iso-sra3        SRA3
iso_sra4_225x320mm               iso-sra4        SRA4
iso_ra0_860x1220mm               iso-ra0         RA0
iso_ra1_610x860mm                iso-ra1         RA1
iso_ra2_430x610mm                iso-ra2         RA2
iso_ra3_305x430mm                iso-ra3         RA3
iso_ra4_215x305mm                iso-ra4         RA4
iso_b0_1000x1414mm               iso-b0          ISOB0
iso_b1_707x1000mm                iso-b1          ISOB1
iso_b2_500x707mm                 iso-b2          ISOB2
iso_b3_353x500mm                 iso-b3          ISOB3
iso_b4_250x353mm                 iso-b4          ISOB4
iso_b5_176x250mm                 iso-b5          ISOB5
iso_b5-extra_201x276mm           iso-b5-extra    ISOB5Extra
iso_b6_125x176mm                 iso-b6          ISOB6
iso_b6c4_125x324mm               -               -
iso_b7_88x125mm                  iso-b7          ISOB7
iso_b8_62x88mm                   iso-b8          ISOB8
iso_b9_44x62mm                   iso-b9          ISOB9
iso_b10_31x44mm                  iso-b10         ISOB10
iso_c0_917x1297mm                iso-c0          EnvC0
iso_c1_648x917mm                 iso-c1          EnvC1
iso_c2_458x648mm                 iso-c2          EnvC2
iso_c3_324x458mm                 iso-c3          EnvC3
iso_c4_229x324mm                 iso-c4          EnvC4
iso_c5_162x229mm                 iso-c5          EnvC5
iso_c6_114x162mm                 iso-c6          EnvC6
iso_c6c5_114x229mm               -               EnvC65
iso_c7_81x114mm                  iso-c7          EnvC7
iso_c7c6_81x162mm                -               EnvC76
iso_c8_57x81mm                   iso-c8          EnvC8
iso_c9_40x57mm                   iso-c9          EnvC9
iso_c10_28x40mm                  iso-c10         EnvC10
iso_dl_110x220mm                 iso-designated  EnvDL
iso_id-1_53.98x85.6mm            -               -
jis_b0_1030x1456mm               jis-b0          B0
jis_b1_728x1030mm                jis-b1          B1
jis_b2_515x728mm                 jis-b2          B2
jis_b3_364x515mm                 jis-b3          B3
jis_b4_257x364mm                 jis-b4          B4
jis_b5_182x257mm                 jis-b5          B5
jis_b6_128x182mm                 jis-b6          B6
jis_b7_91x128mm                  jis-b7          B7
jis_b8_64x91mm                   jis-b8          B8
jis_b9_45x64mm                   jis-b9          B9
jis_b10_32x45mm                  jis-b10         B10
jis_exec_216x330mm               -               216x330mm
jpn_kaku2_240x332mm              -               EnvKaku2
jpn_kaku3_216x277mm              -               EnvKaku3
jpn_kaku4_197x267mm              -               EnvKaku4
jpn_chou2_111.1x146mm            -               EnvChou2
jpn_chou3_120x235mm              -               EnvChou3
jpn_chou4_90x205mm               -               EnvChou4
jpn_chou40_90x225mm              -               EnvChou40
jpn_hagaki_100x148mm             -               Postcard
jpn_oufuku_148x200mm             -               DoublePostcard
jpn_kahu_240x322.1mm             -               EnvKahu
jpn_you4_105x235mm               -               EnvYou4
jpn_you6_98x190mm                -               EnvYou6
jpn_photo-2l_127x177.8mm         -               -
prc_1_102x165mm                  -               EnvPRC1
prc_2_102x176mm                  -               EnvPRC2
prc_4_110x208mm                  -               EnvPRC4
prc_6_120x320mm                  -               EnvPRC6
prc_7_160x230mm                  -               EnvPRC7
prc_8_120x309mm                  -               EnvPRC8
prc_16k_146x215mm                -               PRC16K
prc_32k_97x151mm                 -               PRC32K
roc_16k_7.75x10.75in             -               roc16k
roc_8k_10.75x15.5in              -               roc8k
om_small-photo_100x150mm         -               om_small-photo
om_large-photo_200x300mm         -               om_large-photo
om_italian_110x230mm             -               EnvItalian
om_postfix_114x229mm             -               -
om_folio_210x330mm               folio           Folio
om_folio-sp_215x315mm            -               FolioSP
om_invite_220x220mm              -               EnvInvite
om_juuro-ku-kai_198x275mm        -               -
om_pa-kai_267x389mm              -               -
om_dai-pa-kai_275x395mm          -               -
om_medium-photo_130x180mm        -               -
om_wide-photo_100x200mm          -               -
om_square-photo_89x89mm          -               -
om_business-card_55x85mm         -               -
om_business-card_55x91mm         -               -
om_card_54x86mm                  -               -
om_dsc-photo_89x119mm            -               -
oe_photo-l_3.5x5in               photo-l         -
oe_photo-s10r_10x15in            -               -
oe_photo-10r_10x12in             -               -
oe_photo-12r_12x15in             -               -
oe_photo-14x18_14x18in           -               -
oe_photo-20r_20x24in             -               -
oe_photo-24x30_24x30in           -               -
oe_photo-30r_30x40in             -               -
oe_12x16_12x16in                 -               -
oe_14x17_14x17in                 -               -
oe_18x22_18x22in                 -               -
oe_a2plus_17x24in                -               -
oe_business-card_2x3.5in         -               -
oe_square-photo_4x4in            -               -
oe_square-photo_5x5in            -               -
"""

_MORE_NAMES: Final = {
    "a": "na_letter_8.5x11in",
    "b": "na_ledger_11x17in",
    "ledger": "na_ledger_11x17in",
    "letter": "na_letter_8.5x11in",
    "legal": "na_legal_8.5x14in",
    "super-b": "na_super-b_13x19in",
    "na-5x7": "na_5x7_5x7in",
    "japanese-postcard": "jpn_hagaki_100x148mm",
    "hagaki": "jpn_hagaki_100x148mm",
}


def _hundredths(number: str, unit: str) -> int:
    return int(Fraction(number) * _UNITS[unit])


def _size(match: re.Match[str]) -> MediaSize | None:
    unit = match["unit"] or "pt"
    size = MediaSize(_hundredths(match["x"], unit), _hundredths(match["y"], unit))
    return size if all(0 < dimension <= DIMENSION_MAX for dimension in size) else None


def parse_media_name(name: str) -> MediaSize | None:
    """The size in a PWG self-describing name such as ``iso_a4_210x297mm``; None when it is no such name."""
    match = _SELF_DESCRIBING.fullmatch(name)
    return None if match is None else _size(match)


def _read_table() -> tuple[Medium, ...]:
    media = []
    for line in _TABLE.split("\n"):
        if line:
            name, legacy, ppd = (field.removeprefix("-") for field in line.split())
            size = parse_media_name(name)
            assert size is not None  # a test reads every line
            media.append(Medium(name, legacy, ppd, size))
    return tuple(media)


MEDIA: Final = _read_table()
"""The sizes of the standard, the ordinary ones of each region."""
_BY_NAME: Final[dict[str, Medium]] = {medium.name: medium for medium in MEDIA}
_BY_OTHER_NAME: Final[dict[str, Medium]] = {
    **{other.lower(): _BY_NAME[name] for other, name in _MORE_NAMES.items()},
    **{medium.legacy: medium for medium in MEDIA if medium.legacy},
    **{medium.ppd.lower(): medium for medium in MEDIA if medium.ppd},
}


def find_medium(name: str) -> Medium | None:
    """The standard's size by PWG name, by the name before it (``iso-a4``) or by PPD name (``A4``).

    PPD names count in any case and with a suffix as in ``A4.FullBleed``; old names with a kind of paper as in
    ``iso-a4-white``.
    """
    medium = _BY_NAME.get(name)
    if medium is None:
        other = name.lower()
        medium = _BY_OTHER_NAME.get(other) or _BY_OTHER_NAME.get(other.partition(".")[0])
    if medium is None:
        base, _, kind = name.rpartition("-")
        if kind in {"white", "colored", "transparent"}:
            medium = _BY_OTHER_NAME.get(base)
    return medium


def media_size(name: str) -> MediaSize | None:
    """The size that a name of any kind means, PPD's ``Custom.10x20cm`` too; None when it means none."""
    medium = find_medium(name)
    if medium is not None:
        return medium.size
    match = _PPD_CUSTOM.fullmatch(name)
    return parse_media_name(name) if match is None else _size(match)


def pwg_media_name(name: str) -> str | None:
    """The PWG name for a name of any kind: ``iso_a4_210x297mm`` for ``A4``; None when it means no size."""
    medium = find_medium(name)
    if medium is not None:
        return medium.name
    if _SELF_DESCRIBING.fullmatch(name):
        return name
    size = media_size(name)
    return None if size is None else custom_media_name(size)


def legacy_media_name(name: str) -> str | None:
    """The name before PWG 5101.1 (``iso-a4``) for a name of any kind; None when there was none."""
    medium = find_medium(name)
    return (medium.legacy or None) if medium is not None else None


def ppd_media_name(name: str) -> str | None:
    """The PPD name (``A4``) for a name of any kind; None when there is none."""
    medium = find_medium(name)
    return (medium.ppd or None) if medium is not None else None


def medium_for_size(x: int, y: int, tolerance: int = SAME_SIZE_TOLERANCE) -> Medium | None:
    """The standard's size nearest to ``x`` by ``y`` (1/100 mm), when both differ by ``tolerance`` at most."""

    def distance(medium: Medium) -> int:
        return max(abs(medium.size.x - x), abs(medium.size.y - y))

    nearest = min(MEDIA, key=distance)
    return nearest if distance(nearest) <= tolerance else None


def custom_media_name(size: MediaSize, label: str | None = None) -> str:
    """A self-describing name for a size of no standard: ``custom_100x150.5mm_100x150.5mm``."""
    x, y = (f"{dimension / HUNDREDTHS_PER_MM:.2f}".rstrip("0").rstrip(".") for dimension in size)
    return f"custom_{label or f'{x}x{y}mm'}_{x}x{y}mm"


def media_name_for_size(x: int, y: int) -> str:
    """The PWG name for a size in 1/100 mm: the standard's when there is one, a custom name otherwise."""
    medium = medium_for_size(x, y)
    return custom_media_name(MediaSize(x, y)) if medium is None else medium.name


def is_custom_limit(name: str) -> bool:
    """Whether a name in ``media-supported`` is the end of a range of custom sizes (``custom_min_…``)."""
    return _CUSTOM_RANGE.match(name) is not None
