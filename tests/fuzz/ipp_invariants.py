"""What must hold for any octets that are fed to the IPP decoder; shared by the fuzz target and the tests."""

from itertools import pairwise

from plantin.ipp import (
    DEFAULT_LIMITS,
    STRICT,
    TOLERANT,
    Decoder,
    Limits,
    Message,
    ProtocolError,
    Quirks,
    check_request,
    decode,
    encode,
    media,
    registry,
    text,
)

SMALL = Limits(
    header_octets=2048,
    name_octets=40,
    value_octets=300,
    groups=6,
    attributes=20,
    values=6,
    members=6,
    depth=3,
)
MODES = (
    (DEFAULT_LIMITS, STRICT),
    (SMALL, STRICT),
    (DEFAULT_LIMITS, TOLERANT),
    (SMALL, Quirks(named_members=True, out_of_band_in_sets=True, empty_values=True)),
)
PIECES = (97, 31, 211, 61, 1, 13, 149, 7)
"""Single octets find the most and cost the most: one input in eight."""


def outcome(data: bytes, cuts: list[int], limits: Limits, quirks: Quirks) -> object:
    """What the decoder makes of ``data`` in pieces: message and remainder, or the error."""
    decoder = Decoder(limits, quirks)
    try:
        for start, end in pairwise(cuts):
            message = decoder.feed(data[start:end])
            if message is not None:
                return message, decoder.remainder + data[end:]
        return decoder.finish(), b""
    except ProtocolError as error:
        return error.reason, error.offset, error.status


def check_message(message: Message) -> None:
    """What was decoded can be encoded, means the same then, and can be looked at by the checks."""
    octets = encode(message)
    again, remainder = decode(octets, DEFAULT_LIMITS)
    assert again == message, (again, message)
    assert remainder == b""
    assert encode(again) == octets
    check_request(message)
    for group in message.groups:
        for table in (registry.OPERATION, registry.JOB_TEMPLATE, registry.SUBSCRIPTION):
            registry.check_all(group, table)
        for attribute in group:
            for string in attribute.strings():
                assert len(text.sanitise_name(string).encode()) <= text.NAME_OCTETS_MAX
                media.media_size(string)


def check_octets(data: bytes) -> None:
    """All invariants for one input. How it is cut and what is forgiven depends on the octets of its head."""
    limits, quirks = MODES[data[7] % len(MODES)] if len(data) > 7 else MODES[0]
    size = PIECES[data[6] % len(PIECES)] if len(data) > 6 else 1
    whole = outcome(data, [0, len(data)], limits, quirks)
    pieces = outcome(data, [*range(0, len(data), size), len(data)], limits, quirks)
    assert whole == pieces, (whole, pieces)
    if isinstance(whole, tuple) and isinstance(whole[0], Message):
        check_message(whole[0])
