"""Names of media sizes in all their kinds."""

import pytest

from plantin.ipp.media import (
    MEDIA,
    MediaSize,
    custom_media_name,
    find_medium,
    is_custom_limit,
    legacy_media_name,
    media_name_for_size,
    media_size,
    medium_for_size,
    parse_media_name,
    ppd_media_name,
    pwg_media_name,
)

NAMES = {
    "iso_a4_210x297mm": (21000, 29700, "iso_a4_210x297mm"),
    "na_letter_8.5x11in": (21590, 27940, "na_letter_8.5x11in"),
    "na_monarch_3.875x7.5in": (9842, 19050, "na_monarch_3.875x7.5in"),
    "na_number-10_4.125x9.5in": (10477, 24130, "na_number-10_4.125x9.5in"),
    "custom_min_76.2x127mm": (7620, 12700, "custom_min_76.2x127mm"),
    "om_big_1x2mm": (100, 200, "om_big_1x2mm"),
    "A4": (21000, 29700, "iso_a4_210x297mm"),
    "a4": (21000, 29700, "iso_a4_210x297mm"),
    "Letter": (21590, 27940, "na_letter_8.5x11in"),
    "A4.FullBleed": (21000, 29700, "iso_a4_210x297mm"),
    "iso-a4": (21000, 29700, "iso_a4_210x297mm"),
    "iso-a4-white": (21000, 29700, "iso_a4_210x297mm"),
    "na-letter-transparent": (21590, 27940, "na_letter_8.5x11in"),
    "na-letter": (21590, 27940, "na_letter_8.5x11in"),
    "tabloid": (27940, 43180, "na_ledger_11x17in"),
    "ledger": (27940, 43180, "na_ledger_11x17in"),
    "B5": (18200, 25700, "jis_b5_182x257mm"),
    "iso-b5": (17600, 25000, "iso_b5_176x250mm"),
    "EnvDL": (11000, 22000, "iso_dl_110x220mm"),
    "folio": (21000, 33000, "om_folio_210x330mm"),
    "Custom.10x20cm": (10000, 20000, "custom_100x200mm_100x200mm"),
    "Custom.72x144": (2540, 5080, "custom_25.4x50.8mm_25.4x50.8mm"),
    "Custom.1x2ft": (30480, 60960, "custom_304.8x609.6mm_304.8x609.6mm"),
    "Custom.0.5x1m": (50000, 100000, "custom_500x1000mm_500x1000mm"),
}


@pytest.mark.parametrize(("name", "expected"), NAMES.items())
def test_names_of_sizes(name: str, expected: tuple[int, int, str]) -> None:
    assert media_size(name) == expected[:2]
    assert pwg_media_name(name) == expected[2]


@pytest.mark.parametrize(
    "name",
    [
        "",
        "stationery",
        "iso_a4",
        "iso_a4_210x297cm",
        "iso_a4_210x297",
        "iso_a4_0x297mm",
        "iso_a4_-1x297mm",
        "ISO_A4_210x297mm",
        "iso_a4_210x297mm\n",
        "iso_a4_٢x297mm",
        "iso_a4_100001x10mm",
        "Custom.0x10mm",
        "custom_" + "x" * 300 + "_1x1mm",
        "something-white",
        "Custom.10x20parsec",
    ],
)
def test_names_of_no_size(name: str) -> None:
    assert media_size(name) is None
    assert pwg_media_name(name) in (None, name)
    assert find_medium(name) is None


def test_every_line_of_the_table() -> None:
    assert len(MEDIA) > 150
    for medium in MEDIA:
        assert parse_media_name(medium.name) == medium.size
        assert find_medium(medium.name) == medium
        for other in (medium.legacy, medium.ppd):
            if other:
                assert find_medium(other) == medium, other
    names = [name for medium in MEDIA for name in {medium.name, medium.legacy, medium.ppd} if name]
    assert len(set(names)) == len(names)


def test_other_names() -> None:
    assert legacy_media_name("A4") == "iso-a4"
    assert legacy_media_name("jpn_hagaki_100x148mm") is None
    assert legacy_media_name("nonsense") is None
    assert ppd_media_name("na_letter_8.5x11in") == "Letter"
    assert ppd_media_name("om_postfix_114x229mm") is None
    assert ppd_media_name("nonsense") is None


def test_sizes_to_names() -> None:
    assert media_name_for_size(21000, 29700) == "iso_a4_210x297mm"
    assert media_name_for_size(21040, 29660) == "iso_a4_210x297mm"
    assert media_name_for_size(21051, 29700) == "custom_210.51x297mm_210.51x297mm"
    assert medium_for_size(21051, 29700) is None
    assert media_name_for_size(10000, 100) == "custom_100x1mm_100x1mm"
    assert custom_media_name(MediaSize(10000, 15000), "max") == "custom_max_100x150mm"
    assert media_size(custom_media_name(MediaSize(12345, 6789))) == (12345, 6789)


def test_ends_of_custom_ranges() -> None:
    assert is_custom_limit("custom_min_10x10mm")
    assert is_custom_limit("custom_max_10x10in")
    assert not is_custom_limit("custom_mine_10x10mm")
