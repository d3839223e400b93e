"""Tickets and papers as JSON, for the road between the pool and its workers. Pure."""

from dataclasses import asdict
from typing import Any

from plantin.inspect.media import Size
from plantin.inspect.report import Settings


def ticket_json(ticket: Settings | None) -> dict[str, Any] | None:
    """A ticket as a JSON object."""
    return None if ticket is None else asdict(ticket)


def ticket_of(data: Any) -> Settings | None:
    """The inverse of ``ticket_json``.

    Raises:
        TypeError, ValueError: when ``data`` is not what it makes.
    """
    if data is None:
        return None
    ranges = data.get("page_ranges")
    values = {**data, "page_ranges": None if ranges is None else tuple((int(a), int(b)) for a, b in ranges)}
    return Settings(**values)


def paper_of(data: Any) -> Size | None:
    """A paper size from JSON, or None."""
    return None if data is None else (float(data[0]), float(data[1]))
