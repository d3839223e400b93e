"""What is known of a person when their job asks to print, and what the answer is.

The records that pass between the rules, which decide, and the store, which writes the answer down in one
transaction with the reservation.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

from .payer import Payer
from .quotas import PageKind
from .requests import Charge, Share


@dataclass(frozen=True, slots=True)
class Person:
    """Who prints, as the accounts know them. Amounts are minor units."""

    payer: Payer
    quotas: tuple[tuple[PageKind, str], ...] = ()
    restricted: bool = False
    """Whether their own money has a limit."""
    balance: int = 0
    """What their own purses hold, reservations taken off."""


class Answer(Enum):
    """May it print?"""

    ADMITTED = "admitted"
    HELD = "held"
    DENIED = "denied"
    ROUTED = "routed"
    """It goes to another queue, where it is asked about anew."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """The answer and everything that follows from it."""

    answer: Answer
    reason: str = ""
    """``job-state-reasons`` keyword where it is held."""
    message: str = ""
    """Told to the person, and written into the trail."""
    explain: str = ""
    """How the rules came to it, for ``plantin job show``."""
    route_to: str = ""
    attributes: bytes | None = None
    """The job's attributes as the rules changed them; None leaves them."""
    copies: int | None = None
    payers: tuple[Share, ...] = ()
    """Who pays for it in money, also where nothing is reserved; empty where it is not admitted."""
    charges: tuple[Charge, ...] = ()
    """What is to be reserved; nothing when it is empty."""
    unit: str = ""
    quote_minor: int = -1
    quote_lines: str = "[]"
    counts: Counts | None = None


@dataclass(frozen=True, slots=True)
class Counts:
    """The numbers of a job, each apart; -1: nobody can say."""

    pages: int = -1
    input_pages: int = -1
    copies: int = 1
    impressions_colour: int = -1
    impressions_mono: int = -1
    sheets: int = -1
    blank_sides: int = -1
    error: str = ""
