"""Decompression of document data: RFC 1950, 1951, 1952, damage and bombs."""

import gzip
import zlib
from collections.abc import Callable
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from plantin.frontends.http1.inflate import Coding, CompressionError, ExpansionLimit, InflateLimits, Inflater

LIMITS = InflateLimits()


def gzipped(data: bytes) -> bytes:
    return gzip.compress(data, mtime=0)


def raw_deflate(data: bytes) -> bytes:
    packer = zlib.compressobj(6, zlib.DEFLATED, -15)
    return packer.compress(data) + packer.flush()


PACKERS: list[tuple[Coding, Callable[[bytes], bytes]]] = [
    ("gzip", gzipped),
    ("deflate", raw_deflate),
    ("deflate", zlib.compress),
]


def unpack(coding: Coding, data: bytes, cut: int = 1 << 30, limits: InflateLimits = LIMITS) -> bytes:
    inflater = Inflater(coding, limits)
    pieces: list[bytes] = []
    for at in range(0, len(data), cut):
        pieces += inflater.feed(data[at : at + cut])
    pieces += inflater.finish()
    assert all(0 < len(piece) <= limits.piece_octets for piece in pieces)
    whole = b"".join(pieces)
    assert inflater.octets_in == len(data)
    assert inflater.octets_out == len(whole)
    return whole


@pytest.mark.parametrize(("coding", "pack"), PACKERS)
@given(
    data=st.binary(max_size=2000),
    times=st.integers(1, 50),
    cut=st.integers(1, 5000),
    piece=st.integers(1, 4000),
)
def test_round_trip(
    coding: Coding, pack: Callable[[bytes], bytes], data: bytes, times: int, cut: int, piece: int
) -> None:
    whole = data * times
    assert unpack(coding, pack(whole), cut, replace(LIMITS, piece_octets=piece)) == whole


@pytest.mark.parametrize(("coding", "pack"), PACKERS)
def test_output_comes_in_bounded_pieces(coding: Coding, pack: Callable[[bytes], bytes]) -> None:
    whole = bytes(5_000_000)
    for cut in (7, 1 << 30):
        assert unpack(coding, pack(whole), cut) == whole


def test_members_and_padding_of_gzip() -> None:
    data = gzipped(b"one ") + gzipped(b"") + gzipped(b"two") + bytes(1000)
    for cut in (1, 3, 1 << 30):
        assert unpack("gzip", data, cut) == b"one two"


@pytest.mark.parametrize(
    ("coding", "data"),
    [
        ("gzip", b""),
        ("gzip", b"\x1f"),
        ("gzip", b"not gzip"),
        ("gzip", gzipped(b"abc")[:-1]),
        ("gzip", gzipped(b"abc")[:-8] + b"12345678"),
        ("gzip", gzipped(b"abc") + b"rubbish"),
        ("gzip", gzipped(b"abc") + b"\x1f\x8b"),
        ("gzip", zlib.compress(b"abc")),
        ("deflate", b""),
        ("deflate", b"\x78"),
        ("deflate", b"\xff\xff"),
        ("deflate", raw_deflate(b"abc" * 100)[:-1]),
        ("deflate", raw_deflate(b"abc") + b"x"),
        ("deflate", zlib.compress(b"abc")[:-1] + b"?"),
        ("deflate", gzipped(b"abc")),
    ],
)
def test_damage_is_an_error(coding: Coding, data: bytes) -> None:
    for cut in (1, 1 << 30):
        with pytest.raises(CompressionError) as caught:
            unpack(coding, data, cut)
        assert caught.value.status == "client-error-compression-error"


@given(st.sampled_from(["gzip", "deflate"]), st.binary(max_size=300))
def test_garbage_is_a_compression_error_or_data(coding: Coding, data: bytes) -> None:
    outcomes = []
    for cut in (1, 1000):
        try:
            outcomes.append(unpack(coding, data, cut))
        except CompressionError:
            outcomes.append(b"error")
    assert outcomes[0] == outcomes[1]


@pytest.mark.parametrize(("coding", "pack"), PACKERS)
def test_limit_of_octets(coding: Coding, pack: Callable[[bytes], bytes]) -> None:
    limits = replace(LIMITS, octets=10_000)
    assert len(unpack(coding, pack(bytes(10_000)), limits=limits)) == 10_000
    with pytest.raises(ExpansionLimit) as caught:
        unpack(coding, pack(bytes(10_001)), limits=limits)
    assert caught.value.status == "client-error-request-entity-too-large"


def test_limit_of_ratio() -> None:
    packed = raw_deflate(bytes(1_000_000))
    ratio = 1_000_000 // len(packed)
    assert unpack("deflate", packed, limits=replace(LIMITS, free_octets=1_000_000, ratio=1))
    assert unpack("deflate", packed, limits=replace(LIMITS, free_octets=0, ratio=ratio + 1))
    with pytest.raises(ExpansionLimit, match=f"more than {ratio - 1} times"):
        unpack("deflate", packed, limits=replace(LIMITS, free_octets=999_999, ratio=ratio - 1))


def test_a_bomb_is_stopped_before_it_has_gone_off() -> None:
    packer = zlib.compressobj(9, zlib.DEFLATED, 31)
    bomb = b"".join(packer.compress(bytes(1 << 20)) for _ in range(200)) + packer.flush()
    inflater = Inflater("gzip")
    with pytest.raises(ExpansionLimit):
        for _ in inflater.feed(bomb):
            pass
    assert inflater.octets_out <= LIMITS.free_octets + LIMITS.piece_octets
