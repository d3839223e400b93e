"""Kinds of arguments that several commands take."""

import sys
from datetime import datetime
from typing import Any

import click

from plantin.core.errors import Refusal
from plantin.core.limits import RULES_TEXT_OCTETS_MAX, TEXT_OCTETS_MAX


class _Text(click.ParamType[str]):
    """A text for people, as IPP bounds it (RFC 8011 section 5.1.2)."""

    name = "text"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> str:
        text = str(value)
        size = len(text.encode("utf-8", "surrogateescape"))
        if size > TEXT_OCTETS_MAX:
            self.fail(f"it has {size} octets; {TEXT_OCTETS_MAX} is the most", param, ctx)
        if not text.isprintable():
            self.fail("it holds a character that cannot be shown", param, ctx)
        return text


class _Moment(click.ParamType[datetime]):
    """A moment in ISO 8601, in the machine's own zone unless it names one."""

    name = "moment"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> datetime:
        if isinstance(value, datetime):
            return value
        try:
            return datetime.fromisoformat(str(value)).astimezone()
        except (ValueError, OverflowError, OSError):
            self.fail(f"{str(value)[:40]!r} is no moment: write it like 2027-03-01T09:00", param, ctx)


TEXT = _Text()
MOMENT = _Moment()
JOB_ID = click.argument("job_id", metavar="ID", type=click.IntRange(1, 2**63 - 1))


def pairs(texts: tuple[str, ...]) -> dict[str, str]:
    """``NAME=VALUE`` texts as a dictionary; a repeated name counts as last said."""
    values = {}
    for text in texts:
        name, equals, value = text.partition("=")
        if not equals or not name:
            raise click.UsageError(f"{text!r} is not NAME=VALUE")
        values[name] = value
    return values


def text_of(file: str) -> str:
    """The text of a file of tariffs or rules, - being standard input.

    Raises:
        Refusal: it can't be read, is no text, or is too large.
    """
    try:
        if file == "-":
            octets = sys.stdin.buffer.read(RULES_TEXT_OCTETS_MAX + 1)
        else:
            with open(file, "rb") as stream:
                octets = stream.read(RULES_TEXT_OCTETS_MAX + 1)
    except (OSError, ValueError) as error:
        why = error.strerror if isinstance(error, OSError) else error
        raise Refusal("not-readable", f"{file}: {why}") from None
    if len(octets) > RULES_TEXT_OCTETS_MAX:
        raise Refusal("too-large", f"{file}: it is larger than {RULES_TEXT_OCTETS_MAX} octets")
    try:
        return octets.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise Refusal("bad-file", f"{file}: it is not UTF-8 at octet {error.start}") from None
