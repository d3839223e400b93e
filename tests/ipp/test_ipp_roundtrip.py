"""Property: what the encoder writes the decoder reads back, in one piece and in single octets."""

import datetime

from plantin.ipp import (
    Collection,
    DateTime,
    Decoder,
    LangStr,
    Message,
    Range,
    Resolution,
    Tag,
    attributes,
    decode,
    encode,
)


def every_syntax() -> Message:
    message = Message((2, 0), 0x0002, 7)
    moment = datetime.datetime(2026, 11, 23, 1, 2, 3, 400_000, datetime.UTC)
    message.add_group(
        Tag.OPERATION_ATTRIBUTES,
        [
            attributes.charset("attributes-charset", "utf-8"),
            attributes.language("attributes-natural-language", "en"),
            attributes.uri("printer-uri", "ipp://localhost/printers/q"),
            attributes.uri_scheme("reference-uri-schemes-supported", "http", "https"),
            attributes.name("job-name", "Grüße"),
            attributes.name_lang("requesting-user-name", LangStr("Änne", "de")),
            attributes.text_lang("message", LangStr("hallo", "de"), LangStr("", "")),
            attributes.mime("document-format", "application/pdf"),
            attributes.boolean("last-document", True),
            attributes.octets("job-password", b"\0\xff1234"),
            attributes.datetime_("date-time-at-creation", moment, DateTime(b"\0" * 11)),
        ],
    )
    size = Collection((attributes.integer("x-dimension", 21000), attributes.integer("y-dimension", 29700)))
    message.add_group(
        Tag.JOB_ATTRIBUTES,
        [
            attributes.integer("copies", 2, -(2**31), 2**31 - 1),
            attributes.enum("finishings", 3, 4),
            attributes.keyword("sides", "one-sided"),
            attributes.text("comment", ""),
            attributes.range_("page-ranges", Range(1, 3), Range(5, 5)),
            attributes.resolution("printer-resolution", Resolution(600, 1200, 3)),
            attributes.collection(
                "media-col", [attributes.collection("media-size", size, size)], Collection()
            ),
            attributes.no_value("job-hold-until"),
            attributes.Attribute("vendor", 0x5F, (b"\1\2",)),
            attributes.Attribute("mixed", Tag.KEYWORD, ("a", "b", 3), (Tag.KEYWORD, Tag.NAME, Tag.INTEGER)),
        ],
    )
    message.add_group(Tag.JOB_ATTRIBUTES)
    message.add_group(0x0F, [attributes.unknown("x")])
    return message


def test_every_syntax_comes_back() -> None:
    message = every_syntax()
    octets = encode(message)
    assert decode(octets + b"%PDF") == (message, b"%PDF")


def test_single_octets_are_the_same() -> None:
    message = every_syntax()
    octets = encode(message)
    decoder = Decoder()
    for octet in octets[:-1]:
        assert decoder.feed(bytes((octet,))) is None
    assert decoder.feed(octets[-1:] + b"rest") == message
    assert decoder.remainder == b"rest"
