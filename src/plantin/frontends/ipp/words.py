"""Names and texts from clients, made fit to be stored and shown (RFC 8011 sections 5.1.2 and 5.1.3).

Clients send control characters, names beyond 255 octets and octets that are no UTF-8. Refusing them loses
people's jobs, so they are repaired: cut between characters, control characters become spaces.
"""

from functools import lru_cache
from typing import Final

from plantin.core.limits import JOB_NAME_OCTETS_MAX, TEXT_OCTETS_MAX, USER_NAME_OCTETS_MAX
from plantin.ipp.text import sanitise

ANONYMOUS: Final = "anonymous"


@lru_cache(maxsize=4096)
def user_name(text: str) -> str:
    """A requesting-user-name; ``anonymous`` when nothing is left of it."""
    return sanitise(text, USER_NAME_OCTETS_MAX) or ANONYMOUS


def job_name(text: str) -> str:
    """A job-name or document-name."""
    return sanitise(text, JOB_NAME_OCTETS_MAX)


def message(text: str) -> str:
    """A text from an operator."""
    return sanitise(text, TEXT_OCTETS_MAX)
