"""Kinds of arguments that several commands take."""

from typing import Any

import click

from plantin.core.limits import TEXT_OCTETS_MAX


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


TEXT = _Text()
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
