"""Deviations of known devices and programs from the standards, as data.

Promises that the decoder is strict unless a flag says otherwise, and that each flag names who needs it. Never
guesses by itself: whoever talks to a device picks the quirks by name or by make and model.
RFC 8010 section 3 is what each of them breaks.
"""

from dataclasses import dataclass
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
