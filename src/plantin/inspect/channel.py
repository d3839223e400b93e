"""Messages between the pool and a worker: a length, a JSON object, and open files, over a Unix socket.

Promises: whole messages or an error, bounded in size; files travel as descriptors, so a worker opens
nothing by name. Never: pickles.
"""

import array
import contextlib
import json
import os
import socket
import struct
from collections.abc import Sequence
from typing import Any

from plantin.inspect import limits

_FILES_MAX = 2


class ChannelClosed(Exception):
    """The other side is gone, or sent something that is no message."""


def send(channel: socket.socket, message: dict[str, Any], files: Sequence[int] = ()) -> None:
    """Sends one message.

    Raises:
        ChannelClosed: when the other side is gone.
    """
    body = json.dumps(message, separators=(",", ":")).encode()
    data = struct.pack(">I", len(body)) + body
    try:
        if files:
            sent = socket.send_fds(channel, [data], list(files))
            data = data[sent:]
        channel.sendall(data)
    except OSError as error:
        raise ChannelClosed(f"cannot send: {error}") from None


def receive(channel: socket.socket) -> tuple[dict[str, Any], list[int]]:
    """Receives one message and the files that came with it (the caller closes them).

    Raises:
        ChannelClosed: when the other side is gone or breaks the rules.
        TimeoutError: when the socket's time limit is over.
    """
    files: list[int] = []
    try:
        head = _exactly(channel, 4, files)
        (size,) = struct.unpack(">I", head)
        if size > limits.ANSWER_OCTETS_MAX:
            raise ChannelClosed(f"a message of {size} octets")
        message = json.loads(_exactly(channel, size, files))
        if not isinstance(message, dict):
            raise ChannelClosed("a message that is no object")
    except TimeoutError:
        close_all(files)
        raise
    except (OSError, ValueError, ChannelClosed) as error:
        close_all(files)
        raise ChannelClosed(str(error)) from None
    return message, files


def close_all(files: Sequence[int]) -> None:
    """Closes descriptors; one that is closed already does no harm."""
    for handle in files:
        with contextlib.suppress(OSError):
            os.close(handle)


def _exactly(channel: socket.socket, size: int, files: list[int]) -> bytes:
    data = bytearray()
    space = socket.CMSG_SPACE(_FILES_MAX * array.array("i").itemsize)
    while len(data) < size:
        piece, ancillary, _, _ = channel.recvmsg(min(size - len(data), 1 << 20), space)
        for level, kind, content in ancillary:
            if (level, kind) == (socket.SOL_SOCKET, socket.SCM_RIGHTS):
                handles = array.array("i")
                handles.frombytes(content[: len(content) - len(content) % handles.itemsize])
                files.extend(handles)
        if not piece:
            raise ChannelClosed("the other side is gone")
        data += piece
    return bytes(data)
