"""What the spool asks: which of its files still belong to somebody."""

from collections.abc import Sequence

from plantin.store import sql


def alive(names: Sequence[str]) -> set[str]:
    """Those of ``names`` in which at least one document of a row rests."""
    if not names:
        return set()
    return set(  # NOT (…) and not <>: only the words of the partial index bring SQLite to use it
        sql.select(
            "SELECT DISTINCT spool_name FROM store_document "
            f"WHERE NOT (spool_name = '') AND spool_name IN ({sql.marks(names)})",
            list(names),
            lambda row: str(row[0]),
        )
    )
