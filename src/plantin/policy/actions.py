"""What a rule does when it fires.

Promises that an action is data, and that the texts in it may name only the variables listed here.
`deny` and `allow` end the evaluation; all others add up with what later rules do (see `decide`).
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum

from .facts import Facts


class Outcome(Enum):
    """What becomes of the job."""

    ALLOW = "allow"
    HOLD = "hold"
    DENY = "deny"


class Position(Enum):
    """Where a watermark stands on the page."""

    TOP = "top"
    BOTTOM = "bottom"
    DIAGONAL = "diagonal"


@dataclass(frozen=True, slots=True)
class Watermark:
    """A text on every page; `text` is a template."""

    text: str
    position: Position = Position.BOTTOM


@dataclass(frozen=True, slots=True)
class Actions:
    """Everything one rule does. `message`, `confirm` and the watermark are templates (see `fill`).

    `two_sided` True prints on both sides (long edge), False on one; `monochrome` prints in black only;
    `max_copies` caps copies; `route_to` sends the job to another queue; `confirm` asks the person first.
    """

    outcome: Outcome | None = None
    message: str = ""
    two_sided: bool | None = None
    monochrome: bool = False
    max_copies: int | None = None
    route_to: str | None = None
    confirm: str = ""
    watermark: Watermark | None = None

    @property
    def is_final(self) -> bool:
        """Whether no later rule is asked."""
        return self.outcome in (Outcome.ALLOW, Outcome.DENY)


VARIABLES: dict[str, Callable[[Facts], object]] = {
    "user": lambda f: f.principal.user,
    "balance": lambda f: f.principal.balance,
    "queue": lambda f: f.queue.queue,
    "device": lambda f: f.queue.device,
    "site": lambda f: f.queue.site,
    "name": lambda f: f.job.name,
    "application": lambda f: f.job.application,
    "account": lambda f: f.job.account,
    "pages": lambda f: f.job.pages,
    "impressions": lambda f: f.job.impressions,
    "sheets": lambda f: f.job.sheets,
    "copies": lambda f: f.job.copies,
    "cost": lambda f: f.job.cost,
    "missing_money": lambda f: f.job.missing_money,
    "missing_quota": lambda f: f.job.missing_quota,
    "date": lambda f: f"{f.moment:%Y-%m-%d}",
    "time": lambda f: f"{f.moment:%H:%M}",
}
"""What may stand in braces in a message or a watermark, and where its value is found."""

_BRACES = re.compile(r"\{([^{}]{0,40})\}")


def unknown_variables(template: str) -> list[str]:
    """The names in braces that are no variables."""
    return [name for name in _BRACES.findall(template) if name not in VARIABLES]


def fill(template: str, facts: Facts) -> str:
    """The template with its variables' values; what is not known is a question mark.

    Values are put in once: braces inside a document's name stay as they are. Control characters are left out.
    """

    def value(match: re.Match[str]) -> str:
        variable = VARIABLES.get(match[1])
        found = variable(facts) if variable is not None else None
        return "".join(c for c in str("?" if found is None else found)[:200] if c.isprintable())

    return _BRACES.sub(value, template)
