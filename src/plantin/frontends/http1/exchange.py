"""One request and its answer: calls the handler, frames and sends what it gives.

Whatever the handler does, the client gets either a whole, well framed answer or a broken connection; never an
answer that looks whole and is not.
"""

import logging
from collections.abc import AsyncIterator
from typing import TYPE_CHECKING, Final

from plantin.frontends.http1.encode import (
    CONTINUE,
    LAST_CHUNK,
    encode_chunk,
    encode_head,
    error_response,
    has_no_body,
)
from plantin.frontends.http1.errors import ClientGone, HttpError
from plantin.frontends.http1.messages import Request, Response

if TYPE_CHECKING:
    from plantin.frontends.http1.connection import Connection

logger = logging.getLogger("plantin.http1")

_PIECE_OCTETS: Final = 256 * 1024


async def serve(connection: "Connection", request: Request) -> None:
    """Have ``request`` answered on ``connection``. Never raises but when it is cancelled."""
    try:
        try:
            response = await connection.server.handler(request)
            head, close = _head(connection, request, response)
        except HttpError as error:
            response = error_response(error)
            head, close = _head(connection, request, response)
        except ClientGone:
            connection.abort()
            connection.answered(request, True)
            return
        except Exception:
            logger.exception("the handler failed on %s %s", request.method, request.path)
            response = error_response(HttpError(500, "the server failed to answer this request"))
            head, close = _head(connection, request, response)
        body = response.body
        if request.method == "HEAD" or has_no_body(response.status):
            connection.write(head)
            await _close_iterator(body)
        elif not isinstance(body, bytes):
            await _send_stream(connection, request, head, body)
        elif len(body) <= _PIECE_OCTETS:
            connection.write(head + body)
        else:
            await _send_pieces(connection, head, body)
    except ClientGone:
        connection.abort()
        close = True
    except Exception:
        logger.exception("the answer to %s %s broke off", request.method, request.path)
        connection.abort()
        close = True
    except BaseException:
        connection.abort()
        connection.answered(request, True)
        raise
    connection.answered(request, close)


def _head(connection: "Connection", request: Request, response: Response) -> tuple[bytes, bool]:
    """The encoded head, and whether the connection closes after this answer."""
    close = response.close or connection.must_close_after(request)
    old = request.http_version == "1.0"
    if has_no_body(response.status):
        framing = ""
    elif isinstance(response.body, bytes):
        framing = f"Content-Length: {len(response.body)}\r\n"
    elif old:
        framing = ""
        close = True
    else:
        framing = "Transfer-Encoding: chunked\r\n"
    word = "close" if close else "keep-alive" if old else ""
    head = encode_head(response, framing, word)
    if request.body.owes_continue and request.body.complete and response.status < 300:
        # libcups' cupsGetDevices (lpinfo -v) takes the header of an answer without a 100 for its body.
        request.body.owes_continue = False
        head = CONTINUE + head
    request.body.awaits_continue = False  # a 100 in the middle of the answer would break it
    return head, close


async def _send_pieces(connection: "Connection", head: bytes, body: bytes) -> None:
    connection.write(head)
    for start in range(0, len(body), _PIECE_OCTETS):
        await connection.drained()
        connection.write(body[start : start + _PIECE_OCTETS])


async def _send_stream(
    connection: "Connection", request: Request, head: bytes, body: AsyncIterator[bytes]
) -> None:
    chunked = request.http_version != "1.0"
    try:
        connection.write(head)
        async for piece in body:
            if piece:
                connection.write(encode_chunk(piece) if chunked else piece)
                await connection.drained()
        if chunked:
            connection.write(LAST_CHUNK)
    finally:
        await _close_iterator(body)


async def _close_iterator(body: object) -> None:
    close = getattr(body, "aclose", None)
    if close is not None:
        await close()
