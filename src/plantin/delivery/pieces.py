"""Reading a document at rest piece by piece, and letting go of it at once when the attempt ends early."""

from collections.abc import AsyncIterator


async def close_pieces(pieces: AsyncIterator[bytes]) -> None:
    """Closes an asynchronous generator now, so that its file does not stay open until the collector comes."""
    close = getattr(pieces, "aclose", None)
    if close is not None:
        await close()
