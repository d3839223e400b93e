"""The worker process: takes open documents from its pool, answers with reports, holds nothing else.

Run as ``python -m plantin.inspect.worker DESCRIPTOR FOLDER``: the socket to the pool and the worker's own
temporary folder. It enters the sandbox before the first document, answers one request at a time, and ends
when the pool does. Every request has its own limit of processor time; the kernel ends a worker that goes
beyond.
"""

import errno
import os
import socket
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

from plantin.inspect import limits, sandbox
from plantin.inspect.channel import ChannelClosed, close_all, receive, send
from plantin.inspect.convert import steps
from plantin.inspect.engine import inspect_file
from plantin.inspect.pool_wire import paper_of, ticket_of
from plantin.inspect.report import CannotInspect, Unprintable, to_json

Request = dict[str, Any]


def _inspect(request: Request, files: list[int]) -> dict[str, Any]:
    ticket = ticket_of(request.get("ticket"))
    with os.fdopen(os.dup(files[0]), "rb", buffering=0 if request.get("stream") else -1) as file:
        return to_json(inspect_file(file, ticket, paper_of(request.get("paper"))))


def _convert(request: Request, files: list[int]) -> dict[str, Any]:
    try:
        with os.fdopen(os.dup(files[0]), "rb") as source, os.fdopen(os.dup(files[1]), "wb") as target:
            steps.run(request["steps"], source, target)
    except CannotInspect as error:
        return {"failed": str(error), "unprintable": isinstance(error, Unprintable)}
    except OSError as error:
        if error.errno != errno.EFBIG:
            raise
        return {"failed": "the result is larger than the room there is for it", "unprintable": True}
    return {"done": True}


OPERATIONS: dict[str, Callable[[Request, list[int]], dict[str, Any]]] = {
    "inspect": _inspect,
    "convert": _convert,
}


def serve(channel: socket.socket) -> None:
    """Answers requests until the pool closes the channel."""
    while True:
        try:
            request, files = receive(channel)
        except ChannelClosed:
            return
        try:
            sandbox.limit_processor_seconds(int(request.get("seconds", limits.WORKER_CPU_SECONDS)))
            sandbox.limit_file_octets(int(request.get("octets", limits.WORKER_FILE_OCTETS)))
            answer = OPERATIONS[str(request["operation"])](request, files)
        except MemoryError:
            answer = {"failed": "it takes more memory than a worker has", "unprintable": True}
        except Exception as error:  # noqa: BLE001  the answer must go out, whatever a library raises
            answer = {"failed": f"{type(error).__name__}: {str(error)[:200]}"}
        finally:
            close_all(files)
        try:
            send(channel, answer)
        except ChannelClosed:
            return


def main(arguments: list[str]) -> int:
    """The worker's life."""
    descriptor, folder = int(arguments[0]), Path(arguments[1])
    memory = int(arguments[2]) if len(arguments) > 2 else limits.WORKER_MEMORY_OCTETS
    tempfile.tempdir = str(folder)
    with socket.socket(fileno=descriptor) as channel:
        in_force = sandbox.enter(folder, memory=memory)
        send(channel, {"ready": True, "sandbox": in_force})
        serve(channel)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
