"""Compressed document data, taken apart as it comes (IPP ``compression``, RFC 8011 section 3.2.1.1).

``gzip`` is RFC 1952, any number of members, zero padding after the last. ``deflate`` is raw RFC 1951, as CUPS
sends it; a zlib header (RFC 1950) is taken too. Output comes in bounded pieces, and neither the ratio nor the
size of the whole can pass its limit (decompression bombs). Damaged, truncated or trailing data is an error;
nothing is repaired.
"""

import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final, Literal

from plantin.core.errors import Refusal

KIB: Final = 1024
MIB: Final = 1024 * KIB
GIB: Final = 1024 * MIB

Coding = Literal["gzip", "deflate"]

_GZIP_BITS: Final = 16 + zlib.MAX_WBITS
_DEFLATE_METHOD: Final = 8


class CompressionError(Refusal):
    """The data is not what its compression says."""

    def __init__(self, text: str, *, status: str = "client-error-compression-error") -> None:
        super().__init__("compression-error", text, status=status)


class ExpansionLimit(CompressionError):
    """The data expands beyond the limits."""


@dataclass(frozen=True, slots=True)
class InflateLimits:
    """How far compressed data may expand."""

    octets: int = 64 * GIB
    """Of output, altogether."""
    ratio: int = 250
    """Output octets for each input octet, looked at beyond ``free_octets`` only."""
    free_octets: int = 64 * MIB
    """Output that may have any ratio: a blank page shrinks a thousandfold."""
    piece_octets: int = 256 * KIB
    """The longest piece of output."""


class Inflater:
    """Decompresses one document. After an error it is of no use any more."""

    __slots__ = ("_begun", "_coding", "_limits", "_zlib", "octets_in", "octets_out")

    def __init__(self, coding: Coding, limits: InflateLimits | None = None) -> None:
        self._coding = coding
        self._limits = limits or InflateLimits()
        self._zlib = zlib.decompressobj(_GZIP_BITS) if coding == "gzip" else None
        self._begun = b""
        self.octets_in = 0
        self.octets_out = 0

    def feed(self, data: bytes) -> Iterator[bytes]:
        """The output that ``data`` leads to, in pieces; the iterator has to be used up.

        Raises:
            CompressionError: the data is damaged, or goes on after its end.
            ExpansionLimit: it grows beyond the limits.
        """
        self.octets_in += len(data)
        if self._zlib is None:
            self._begun += data
            if len(self._begun) < 2:
                return
            data, self._begun = self._begun, b""
            self._zlib = zlib.decompressobj(zlib.MAX_WBITS if _has_zlib_header(data) else -zlib.MAX_WBITS)
        while data:
            if self._zlib.eof:
                data = self._next_member(data)
                continue
            try:
                piece = self._zlib.decompress(data, self._limits.piece_octets)
            except zlib.error as error:
                raise CompressionError(f"the {self._coding} data is damaged: {error}") from None
            if piece:
                self._count(len(piece))
                yield piece
            data = self._zlib.unused_data if self._zlib.eof else self._zlib.unconsumed_tail

    def finish(self) -> Iterator[bytes]:
        """The output that is left when the input has ended; it has to be used up.

        Raises:
            CompressionError: the data ends too early.
        """
        while self._zlib is not None and not self._zlib.eof:
            try:
                piece = self._zlib.decompress(b"", self._limits.piece_octets)
            except zlib.error as error:
                raise CompressionError(f"the {self._coding} data is damaged: {error}") from None
            if not piece:
                break
            self._count(len(piece))
            yield piece
        if self._zlib is None or not self._zlib.eof:
            raise CompressionError(f"the {self._coding} data ends too early, after {self.octets_in} octets")

    def _next_member(self, data: bytes) -> bytes:
        if self._coding != "gzip":
            raise CompressionError(f"octets follow the end of the {self._coding} data")
        data = data.lstrip(b"\0")
        if data:
            self._zlib = zlib.decompressobj(_GZIP_BITS)
        return data

    def _count(self, octets: int) -> None:
        limits = self._limits
        self.octets_out += octets
        if self.octets_out > limits.octets:
            raise ExpansionLimit(
                f"the document has more than {limits.octets} octets when decompressed",
                status="client-error-request-entity-too-large",
            )
        if self.octets_out > limits.free_octets and self.octets_out > limits.ratio * self.octets_in:
            raise ExpansionLimit(f"the {self._coding} data expands more than {limits.ratio} times")


def _has_zlib_header(data: bytes) -> bool:
    """RFC 1950 section 2.2. A raw stream that begins so is a stored block with padding that is not zero."""
    window, method = divmod(data[0], 16)
    return method == _DEFLATE_METHOD and window <= 7 and int.from_bytes(data[:2], "big") % 31 == 0
