"""The ``plantin`` command: reads the configuration, then runs a command or the server."""

import os
import sys
from pathlib import Path

import click

from plantin import __version__
from plantin.cli import COMMANDS
from plantin.cli.installation import Installation
from plantin.core.errors import PlantinError
from plantin.service import config as configuration
from plantin.service import logs
from plantin.service.config import Config
from plantin.store.database import DatabaseUrl


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="plantin")
def plantin() -> None:
    """Plantin: the print server and the print management of a large organisation."""


def read_config(data: Path | None, file: Path | None) -> Config:
    """The configuration from command line, environment and file."""
    return configuration.load(data, file, os.environ)


def installation_of(config: Config) -> Installation:
    """Where this configuration puts things."""
    return Installation(
        data=config.data,
        database=DatabaseUrl(config.store.url)
        if config.store.url
        else DatabaseUrl.sqlite(config.data / "plantin.sqlite3"),
        spool=Path(config.spool.path) if config.spool.path else config.data / "spool",
        spool_key_file=Path(config.spool.key_file) if config.spool.key_file else None,
        file_roots=(config.data / "devices", *(Path(root) for root in config.devices.file_roots)),
        release_expire_s=config.queue.release_expire_s,
    )


@plantin.command()
@click.option("--data", type=click.Path(path_type=Path), help="Data directory (or PLANTIN_DATA).")
@click.option("--config", "file", type=click.Path(path_type=Path), help="Configuration file.")
@click.option(
    "--ipp", multiple=True, metavar="HOST:PORT", help="Listen here for ipp and ipps; may be repeated."
)
@click.option("--web", multiple=True, metavar="HOST:PORT", help="Listen here for http; may be repeated.")
@click.option(
    "--demo", is_flag=True, help="Add a demonstration queue with a virtual device, and say what to try."
)
def serve(
    data: Path | None, file: Path | None, ipp: tuple[str, ...], web: tuple[str, ...], demo: bool
) -> None:
    """Run the server until SIGTERM; then finish what is in work and exit with 0."""
    from plantin.service.serve import serve as run

    config = read_config(data, file)
    sys.exit(run(config, installation_of(config), ipp=ipp, web=web, demo=demo))


@plantin.command("config")
@click.option("--markdown", is_flag=True, help="As the reference page of the documentation.")
@click.option("--data", type=click.Path(path_type=Path), help="Data directory (or PLANTIN_DATA).")
@click.option("--config", "file", type=click.Path(path_type=Path), help="Configuration file.")
def show_config(markdown: bool, data: Path | None, file: Path | None) -> None:
    """Show every setting and what it is now."""
    if markdown:
        click.echo(configuration.document(), nl=False)
        return
    click.echo(configuration.effective(read_config(data, file)), nl=False)


def _with_installation(command: click.Command) -> click.Command:
    """Gives a command of the ``cli`` room its ``--data`` and ``--config``, and the installation they mean."""
    inner = command.callback
    assert inner is not None

    def callback(data: Path | None, file: Path | None, **arguments: object) -> object:
        context = click.get_current_context()
        context.obj = installation_of(read_config(data, file))
        return inner(**arguments)

    command.callback = callback
    command.params += [
        click.Option(["--data"], type=click.Path(path_type=Path), help="Data directory (or PLANTIN_DATA)."),
        click.Option(["--config", "file"], type=click.Path(path_type=Path), help="Configuration file."),
    ]
    return command


def _adopt(command: click.Command) -> click.Command:
    if isinstance(command, click.Group):
        for inner in command.commands.values():
            _adopt(inner)
        return command
    return _with_installation(command)


for _command in COMMANDS:
    plantin.add_command(_adopt(_command))


def main() -> None:
    """The entry point. What goes wrong on purpose is one clear line on standard error and exit status 1."""
    logs.set_up("warning", "plantin")
    try:
        plantin.main(standalone_mode=False)
    except PlantinError as error:
        click.echo(f"plantin: {error.text}", err=True)
        sys.exit(1)
    except click.ClickException as error:
        error.show()
        sys.exit(error.exit_code)
    except (click.Abort, KeyboardInterrupt):
        click.echo("stopped", err=True)
        sys.exit(130)
    except BrokenPipeError:
        sys.stderr.close()
        sys.exit(141)
