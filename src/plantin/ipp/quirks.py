"""Deviations of known devices and programs from the standards, as data.

Promises that the decoder is strict unless a flag says otherwise, and that each flag names who needs it. Never
guesses from octets: quirks are picked by name, or by the make and model that a device calls itself.
RFC 8010 section 3 is what most of them break.
"""

from dataclasses import dataclass, fields
from typing import Final


@dataclass(frozen=True, slots=True)
class Quirks:
    """What is forgiven. All flags off is strict."""

    named_members: bool = False
    """Members of a collection that carry their name themselves instead of in a memberAttrName before them."""
    stray_members: bool = False
    """memberAttrName and endCollection outside of any collection: skipped, with the values after them."""
    unterminated_collections: bool = False
    """Collections that the next named attribute or the next group ends, without an endCollection."""
    empty_values: bool = False
    """A value of no octets where the syntax has a fixed length: read as no-value."""
    out_of_band_octets: bool = False
    """Octets in an out-of-band value: ignored."""
    out_of_band_in_sets: bool = False
    """An out-of-band value among others: dropped; a real value takes the place of one that came first."""
    any_boolean: bool = False
    """A boolean that is neither 0 nor 1: read as true."""
    bad_strings: bool = False
    """Keywords, URIs and other strings that are not UTF-8: wrong octets become question marks."""
    no_end_tag: bool = False
    """The message stops without an end-of-attributes tag (when the peer has sent everything)."""
    wrong_version_echo: bool = False
    """The response has another version than the request; it is believed all the same."""
    wrong_request_id: bool = False
    """The response has another request-id than the request; it is believed all the same."""


STRICT: Final = Quirks()
"""The standard to the letter: the default, and what servers use."""
TOLERANT: Final = Quirks(
    unterminated_collections=True,
    stray_members=True,
    empty_values=True,
    out_of_band_octets=True,
    out_of_band_in_sets=True,
    any_boolean=True,
    bad_strings=True,
    no_end_tag=True,
    wrong_version_echo=True,
)
"""All that can be forgiven together and still identifies the response; for devices that nobody listed."""


@dataclass(frozen=True, slots=True)
class DeviceQuirks:
    """``quirks`` of the devices whose printer-make-and-model starts with ``model`` (in any case)."""

    name: str
    model: str
    quirks: Quirks
    seen: str
    """What was seen, and where to read about it."""


DEVICE_QUIRKS: Final = (
    DeviceQuirks(
        "pantum-m7300",
        "Pantum M7300",
        Quirks(named_members=True),
        "Members with their own names: https://github.com/OpenPrinting/goipp (DecoderOptions)",
    ),
    DeviceQuirks(
        "kyocera-fs-4200",
        "Kyocera FS-4200DN",
        Quirks(stray_members=True),
        "Members outside of collections: https://github.com/OpenPrinting/cups/issues/755",
    ),
    DeviceQuirks(
        "canon-mf262",
        "Canon MF262",
        Quirks(unterminated_collections=True),
        "media-col-default and -ready without endCollection: https://github.com/OpenPrinting/cups/issues/1149",
    ),
    DeviceQuirks(
        "efi-fiery",
        "EFI Fiery",
        Quirks(wrong_version_echo=True),
        "Answers 1.1 with version 1.0: https://github.com/istopwg/ippsample/issues/165",
    ),
)


def quirks_named(names: str) -> Quirks:
    """The quirks of a setting such as ``"no-end-tag, canon-mf262"``: flags and names of devices, together.

    ``strict`` and ``tolerant`` are names too. ``ValueError`` says which name is unknown and what there is.
    """
    known = {"strict": STRICT, "tolerant": TOLERANT}
    known |= {device.name: device.quirks for device in DEVICE_QUIRKS}
    known |= {field.name.replace("_", "-"): Quirks(**{field.name: True}) for field in fields(Quirks)}
    together = STRICT
    for name in names.replace(",", " ").split():
        if name not in known:
            raise ValueError(f"unknown quirk {name!r}; there are {', '.join(sorted(known))}")
        together = combine(together, known[name])
    return together


def quirks_for_model(make_and_model: str) -> Quirks:
    """The quirks of a device by its printer-make-and-model, ``STRICT`` when it has none."""
    model = make_and_model.casefold()
    together = STRICT
    for device in DEVICE_QUIRKS:
        if model.startswith(device.model.casefold()):
            together = combine(together, device.quirks)
    return together


def combine(one: Quirks, other: Quirks) -> Quirks:
    """What either of them forgives; ``STRICT`` itself when that is nothing."""
    flags = {field.name: getattr(one, field.name) or getattr(other, field.name) for field in fields(Quirks)}
    return Quirks(**flags) if any(flags.values()) else STRICT
