"""Messages by hand: octets as RFC 8010 section 3 draws them, without the encoder that is under test."""

import struct


def head(version: str, code: int, request_id: int) -> bytes:
    major, minor = version.split(".")
    return struct.pack(">BBHi", int(major), int(minor), code, request_id)


def token(tag: int, name: str | bytes, value: bytes | str | int) -> bytes:
    """One name and value; a string is UTF-8, an integer four octets."""
    name_octets = name.encode() if isinstance(name, str) else name
    octets = value.encode() if isinstance(value, str) else value
    if isinstance(octets, int):
        octets = struct.pack(">i", octets)
    return struct.pack(">BH", tag, len(name_octets)) + name_octets + struct.pack(">H", len(octets)) + octets


def integer(name: str, *values: int) -> bytes:
    return one_set(0x21, name, *values)


def enum(name: str, *values: int) -> bytes:
    return one_set(0x23, name, *values)


def boolean(name: str, value: bool) -> bytes:
    return token(0x22, name, bytes((value,)))


def keyword(name: str, *values: str) -> bytes:
    return one_set(0x44, name, *values)


def text(name: str, value: str) -> bytes:
    return token(0x41, name, value)


def name(name: str, *values: str) -> bytes:
    return one_set(0x42, name, *values)


def uri(name: str, value: str) -> bytes:
    return token(0x45, name, value)


def mime(name: str, value: str) -> bytes:
    return token(0x49, name, value)


def one_set(tag: int, name: str, *values: bytes | str | int) -> bytes:
    return b"".join(token(tag, "" if position else name, value) for position, value in enumerate(values))


def start(charset: str = "utf-8", language: str = "en") -> bytes:
    """The group that begins every message, with its two leading attributes."""
    return (
        b"\1"
        + token(0x47, "attributes-charset", charset)
        + token(0x48, "attributes-natural-language", language)
    )


def begin_collection(name: str) -> bytes:
    return token(0x34, name, b"")


def member(name: str, tag: int, value: bytes | str | int) -> bytes:
    return token(0x4A, "", name) + token(tag, "", value)


END_COLLECTION = token(0x37, "", b"")
END = b"\3"
