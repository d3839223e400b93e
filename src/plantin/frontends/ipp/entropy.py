"""Random octets for job-uuids, fetched from the kernel a page at a time.

One call for each job would be a good part of what its acceptance costs.
"""

import os
from typing import Final

_PAGE_OCTETS: Final = 4096


class Entropy:
    """Hands out random octets, each of them once. For one thread."""

    def __init__(self) -> None:
        self._page = b""
        self._at = 0

    def take(self, octets: int) -> bytes:
        """So many random octets, at most a page."""
        if self._at + octets > len(self._page):
            self._page = os.urandom(_PAGE_OCTETS)
            self._at = 0
        taken = self._page[self._at : self._at + octets]
        self._at += octets
        return taken
