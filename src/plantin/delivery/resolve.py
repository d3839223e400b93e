"""Names of devices to addresses, off the loop.

Has its own few threads, because a dead name server keeps a look-up for many seconds and must not hold up
anybody who uses the loop's default executor. Answers are kept for a while; addresses written as numbers
cost nothing.
"""

import asyncio
import socket
from collections import OrderedDict
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Final, NamedTuple, cast

from plantin.delivery.outcome import Unreachable

KEPT_MAX: Final = 20_000
SockAddr = tuple[str, int] | tuple[str, int, int, int]


class Address(NamedTuple):
    """One way to reach a host."""

    family: socket.AddressFamily
    sockaddr: SockAddr


class Resolver:
    """Looks names up, with a cache.

    Args:
        keep_s: how long an answer is used.
        threads: look-ups that may run at the same time.
    """

    def __init__(self, *, keep_s: float = 60.0, threads: int = 8) -> None:
        self._keep_s = keep_s
        self._pool = ThreadPoolExecutor(threads, thread_name_prefix="resolve")
        self._kept: OrderedDict[tuple[str, int], tuple[float, tuple[Address, ...]]] = OrderedDict()

    async def resolve(self, host: str, port: int) -> tuple[Address, ...]:
        """The addresses of ``host``, best first.

        Raises:
            Unreachable: ``name-not-resolved``.
        """
        known = self.known(host, port)
        if known is not None:
            return known
        loop = asyncio.get_running_loop()
        number = _numeric(host, port)
        if number is not None:
            return self._keep(host, port, float("inf"), (number,))
        try:
            found = await loop.run_in_executor(self._pool, _look_up, host, port)
        except (OSError, UnicodeError) as error:
            raise Unreachable("name-not-resolved", f"the name {host!r} cannot be resolved: {error}") from None
        return self._keep(host, port, loop.time() + self._keep_s, found)

    def known(self, host: str, port: int) -> tuple[Address, ...] | None:
        """The addresses of ``host`` if they need no look-up."""
        kept = self._kept.get((host, port))
        if kept is not None and kept[0] > asyncio.get_running_loop().time():
            return kept[1]
        return None

    def forget(self, host: str, port: int) -> None:
        """The addresses of ``host`` did not work: look it up anew next time."""
        self._kept.pop((host, port), None)

    def close(self) -> None:
        self._pool.shutdown(wait=False, cancel_futures=True)

    def _keep(self, host: str, port: int, until: float, found: tuple[Address, ...]) -> tuple[Address, ...]:
        self._kept[host, port] = (until, found)
        if len(self._kept) > KEPT_MAX:
            self._kept.popitem(last=False)
        return found


def _numeric(host: str, port: int) -> Address | None:
    flags = socket.AI_NUMERICHOST | socket.AI_NUMERICSERV
    try:
        return _addresses(socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=flags))[0]
    except (OSError, UnicodeError):
        return None


def _look_up(host: str, port: int) -> tuple[Address, ...]:
    return _addresses(socket.getaddrinfo(host, port, type=socket.SOCK_STREAM))


def _addresses(
    found: Sequence[tuple[socket.AddressFamily, socket.SocketKind, int, str, tuple[object, ...]]],
) -> tuple[Address, ...]:
    usable = (row for row in found if row[0] in (socket.AF_INET, socket.AF_INET6))
    return tuple(Address(row[0], cast(SockAddr, row[4])) for row in usable)
