"""What a setting can be besides its type. A check says what is wrong, to stand after the setting's name."""

from collections.abc import Callable
from ipaddress import ip_network
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlsplit

Check = Callable[[Any], str]
"""What is wrong with a value; empty when nothing is."""


def at_least(least: float) -> Check:
    """A number of ``least`` or more."""
    return lambda value: "" if value >= least else f"must be {least} or more, not {value}"


def one_of(*words: str) -> Check:
    """One of some words."""
    return lambda value: "" if value in words else f"must be one of {', '.join(words)}, not {value!r}"


def currency_code(value: str) -> str:
    """ISO 4217: three capital letters."""
    good = len(value) == 3 and value.isascii() and value.isalpha() and value.isupper()
    return "" if good else f"must be three capital letters (EUR), not {value!r}"


def address_list(value: tuple[str, ...]) -> str:
    """``HOST:PORT`` or ``[v6]:PORT``, at least one."""
    if not value:
        return "must name at least one address, HOST:PORT"
    for text in value:
        host, colon, port = text.rpartition(":")
        bracketed = host.startswith("[") and host.endswith("]")
        if (
            not colon
            or not host
            or not port.isdigit()
            or int(port) > 65_535
            or (":" in host and not bracketed)
        ):
            return f"must be HOST:PORT or [V6-ADDRESS]:PORT, not {text!r}"
    return ""


def network_list(value: tuple[str, ...]) -> str:
    """Networks in CIDR form."""
    for text in value:
        try:
            ip_network(text)
        except ValueError as error:
            return f"must name networks such as 10.1.0.0/16: {error}"
    return ""


def folder_list(value: tuple[str, ...]) -> str:
    """Absolute paths."""
    wrong = [text for text in value if not Path(text).is_absolute()]
    return f"must be absolute paths, not {wrong[0]!r}" if wrong else ""


def database_url(value: str) -> str:
    """An address that the store knows, or nothing."""
    if not value or urlsplit(value).scheme in ("sqlite", "postgresql", "postgres"):
        return ""
    return "must begin with postgresql:// or sqlite:///, or be empty"


NOT_NEGATIVE: Final = at_least(0)
POSITIVE: Final = at_least(1)
