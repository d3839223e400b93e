"""The ``plantin`` command: reads the configuration, then runs a command or the server.

What goes wrong on purpose is one clear line on standard error: exit status 1, and 2 when the command line
itself is wrong.
"""

import os
import sys
from pathlib import Path

import click

from plantin import __version__
from plantin.cli import COMMANDS
from plantin.cli.group import Commands, Place, place, with_place
from plantin.cli.installation import Installation
from plantin.core.errors import PlantinError
from plantin.service import config as configuration
from plantin.service import config_text, logs
from plantin.service.config import Config
from plantin.store.database import DatabaseUrl, database_errors


@click.group(cls=Commands, lazy=COMMANDS, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="plantin")
def plantin() -> None:
    """Plantin: the print server and the print management of a large organisation."""


def read_config(where: Place) -> Config:
    """The configuration from command line, environment and file."""
    return configuration.load(where.data, where.file, os.environ)


def installation_of(config: Config) -> Installation:
    """Where this configuration puts things."""
    return Installation(
        data=config.data,
        database=DatabaseUrl(config.store.url)
        if config.store.url
        else DatabaseUrl.sqlite(config.data / "plantin.sqlite3"),
        spool=Path(config.spool.path) if config.spool.path else config.data / "spool",
        spool_key_file=Path(config.spool.key_file) if config.spool.key_file else None,
        spool_free_floor=config.spool.free_floor_octets,
        document_octets_max=config.ipp.document_octets_max,
        file_roots=(config.data / "devices", *(Path(root) for root in config.devices.file_roots)),
        release_expire_s=config.queue.release_expire_s,
        currency=config.accounting.currency,
        new_accounts=config.accounting.new_accounts,
    )


@plantin.command()
@click.option(
    "--ipp", multiple=True, metavar="HOST:PORT", help="Listen here for ipp and ipps; may be repeated."
)
@click.option("--web", multiple=True, metavar="HOST:PORT", help="Listen here for http; may be repeated.")
@click.option(
    "--demo", is_flag=True, help="Add a demonstration queue with a virtual device, and say what to try."
)
def serve(ipp: tuple[str, ...], web: tuple[str, ...], demo: bool) -> None:
    """Run the server until SIGTERM; then finish what is in work and exit with 0."""
    from plantin.service.serve import serve as run

    config = read_config(place())
    sys.exit(run(config, installation_of(config), ipp=ipp, web=web, demo=demo))


@plantin.command("config")
@click.option("--markdown", is_flag=True, help="The reference of all settings (docs/configuration.md).")
def show_config(markdown: bool) -> None:
    """Show every setting as it is now, in TOML."""
    if markdown:
        click.echo(config_text.document(), nl=False)
        return
    click.echo(config_text.effective(read_config(place())), nl=False)


with_place(plantin)


def main() -> None:
    """The entry point."""
    logs.set_up("warning", "plantin")
    try:
        with database_errors():
            plantin.main(
                prog_name="plantin",
                obj=lambda where: installation_of(read_config(where)),
                standalone_mode=False,
            )
        sys.stdout.flush()
    except PlantinError as error:
        _fail(f"plantin: {error.text}", 1)
    except click.exceptions.NoArgsIsHelpError as error:
        _fail(error.ctx.get_help() if error.ctx else "plantin: see plantin --help", error.exit_code)
    except click.ClickException as error:
        _fail(_usage(error), error.exit_code)
    except (click.Abort, KeyboardInterrupt):
        _fail("plantin: stopped", 130)
    except BrokenPipeError:  # whoever reads our output has read enough; the interpreter must not complain
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(141)
    except OSError as error:
        where = f"{error.filename}: " if error.filename else ""
        _fail(f"plantin: {where}{error.strerror or error}", 1)


def _usage(error: click.ClickException) -> str:
    context = error.ctx if isinstance(error, click.UsageError) else None
    path = context.command_path if context is not None else "plantin"
    text = " ".join(error.format_message().split()).rstrip(".")
    return f"{path}: {text[:1].lower() + text[1:]} (see {path} --help)"


def _fail(text: str, status: int) -> None:
    click.echo(text, err=True)
    sys.exit(status)
