"""The server side of TLS as octets in and octets out (``ssl.MemoryBIO``), without a transport of its own.

So one connection can begin in the clear and go on in TLS, whether its first octet or an Upgrade says so, on
any event loop and without a second look at the socket.
"""

import ssl
from typing import cast


class TlsStream:
    """One TLS session. Whatever is called, ``output`` has to be sent afterwards."""

    __slots__ = ("_incoming", "_object", "_outgoing", "established")

    def __init__(self, context: ssl.SSLContext) -> None:
        self._incoming = ssl.MemoryBIO()
        self._outgoing = ssl.MemoryBIO()
        self._object = context.wrap_bio(self._incoming, self._outgoing, server_side=True)
        self.established = False

    def receive(self, data: bytes | memoryview) -> None:
        """Octets from the network."""
        self._incoming.write(data)

    def handshake(self) -> bool:
        """Go on with the handshake; True when it is done.

        Raises:
            ssl.SSLError: it failed; ``output`` may hold the alert.
        """
        try:
            self._object.do_handshake()
        except ssl.SSLWantReadError:
            return False
        self.established = True
        return True

    def read_into(self, buffer: memoryview) -> tuple[int, bool]:
        """Decrypt what there is.

        Returns:
            the count of octets put into ``buffer``, and whether the client has closed its side. A full buffer
            means that there may be more.

        Raises:
            ssl.SSLError: a record is forged or broken.
        """
        size = 0
        room = len(buffer)
        try:
            while size < room:
                count = _read_into(self._object, room - size, buffer[size:])
                if not count:
                    return size, True
                size += count
        except ssl.SSLWantReadError:
            pass
        except (ssl.SSLZeroReturnError, ssl.SSLEOFError):
            return size, True
        return size, False

    def send(self, data: bytes) -> bytes:
        """``data`` encrypted, with whatever else has to go out."""
        view = memoryview(data)
        while view:
            view = view[self._object.write(view) :]
        return self._outgoing.read()

    def output(self) -> bytes:
        """What has to go out now; ``b""`` when nothing has."""
        return self._outgoing.read()

    def close(self) -> bytes:
        """The close_notify alert, if one can be sent."""
        try:
            self._object.unwrap()
        except (ssl.SSLError, ValueError):
            pass
        return self._outgoing.read()


def _read_into(source: ssl.SSLObject, most: int, buffer: memoryview) -> int:
    return cast(int, source.read(most, buffer))  # typeshed knows only the form that gives bytes
