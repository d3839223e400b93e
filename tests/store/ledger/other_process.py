"""Another process on the same ledger: ``python -m tests.store.ledger.other_process NAME URL FOLDER``.

Says "ready" when it could begin, begins at a line on its standard input, prints how many it could reserve.
"""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path

from plantin.ledger.errors import InsufficientFunds
from plantin.ledger.requests import Reserve
from plantin.store.access import Store
from plantin.store.database import Baton, DatabaseUrl, open_database
from plantin.store.ledger.book import DatabaseBook
from tests.store.ledger.support import LATER, NOW, charge

JOBS = 50


async def race(name: str, store: Store) -> int:
    """Fifty jobs of a cent at once: half of them gather in batches, half are units of their own."""
    book = DatabaseBook()

    async def one(number: int) -> bool:
        asked = Reserve(key=f"{name}:{number}", charges=(charge(1, "alice"),), expires_at=LATER)
        try:
            if number % 2:
                await store.batch(book.command, (asked, NOW))
            else:
                await store.write(book.apply, asked, NOW)
        except InsufficientFunds:
            return False
        return True

    return sum(await asyncio.gather(*(one(number) for number in range(JOBS))))


def main(name: str, url: str, folder: str) -> None:
    open_database(DatabaseUrl(url))
    store = Store(Baton(Path(folder) / "write.lock" if url.startswith("sqlite") else None))
    print("ready", flush=True)
    sys.stdin.readline()
    print(asyncio.run(race(name, store)), flush=True)
    store.close()


if __name__ == "__main__":
    main(*sys.argv[1:])
