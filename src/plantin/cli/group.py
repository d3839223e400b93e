"""The ``plantin`` command itself: its sub-commands by name, and the place that all of them work on.

``--data`` and ``--config`` are understood before the sub-command and after it; what stands nearest to the
end wins. Which installation they mean, the composition root says (it alone reads files and environment): it
hands in an :data:`Opener` as the root context's ``obj``.
"""

from collections.abc import Callable, Mapping
from importlib import import_module
from pathlib import Path
from typing import Any, NamedTuple

import click

from plantin.cli.installation import Installation

_PLACE = "plantin.place"


class Place(NamedTuple):
    """What the command line says of the place: the data directory and the configuration file, if it does."""

    data: Path | None = None
    file: Path | None = None


Opener = Callable[[Place], Installation]
"""Finds the installation that a place means."""


def place() -> Place:
    """The place of the command that runs."""
    found = click.get_current_context().meta.get(_PLACE, Place())
    assert isinstance(found, Place)
    return found


def installation() -> Installation:
    """The installation that this command works on, its store open."""
    find: Opener = click.get_current_context().find_root().obj
    found = find(place())
    found.open()
    return found


def _remember(context: click.Context, parameter: click.Parameter, value: Path | None) -> None:
    if value is not None:
        key = "data" if parameter.name == "data" else "file"
        context.meta[_PLACE] = context.meta.get(_PLACE, Place())._replace(**{key: value})


def with_place(command: click.Command) -> click.Command:
    """Gives a command, and all commands in it, the options ``--data`` and ``--config``."""
    kind = click.Path(path_type=Path)
    command.params += [
        click.Option(
            ["--data"],
            type=kind,
            metavar="DIR",
            expose_value=False,
            callback=_remember,
            help="Data directory (or PLANTIN_DATA).",
        ),
        click.Option(
            ["--config"],
            type=kind,
            metavar="FILE",
            expose_value=False,
            callback=_remember,
            help="Configuration file; default: plantin.toml in the data directory.",
        ),
    ]
    if isinstance(command, click.Group):
        for inner in command.commands.values():
            with_place(inner)
    return command


class Commands(click.Group):
    """A group whose sub-commands are imported when they are wanted.

    Args:
        lazy: name -> ``module:attribute``.
    """

    def __init__(self, *args: Any, lazy: Mapping[str, str], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._lazy = dict(lazy)

    def list_commands(self, ctx: click.Context) -> list[str]:
        """All names, as people first need them."""
        return [*self.commands, *(name for name in self._lazy if name not in self.commands)]

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """The command of this name; None when there is none."""
        if cmd_name not in self.commands and cmd_name in self._lazy:
            module, _, attribute = self._lazy[cmd_name].partition(":")
            self.add_command(with_place(getattr(import_module(module), attribute)), cmd_name)
        return super().get_command(ctx, cmd_name)
