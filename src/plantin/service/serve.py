"""``plantin serve``: prepares the installation, binds, and hands over to the supervisor."""

import sys
from dataclasses import replace
from functools import partial
from pathlib import Path
from socket import socket

from plantin.cli.installation import Installation
from plantin.core.errors import NotFound
from plantin.core.model import QueueMode
from plantin.service import accounting_process, frontend_process, logs, queue_process
from plantin.service.config import Config, addresses
from plantin.service.supervisor import Part, Supervisor, bind, in_child, take_lock
from plantin.store.commands import accounting
from plantin.store.commands import config as config_commands
from plantin.store.queries import config as config_queries
from plantin.store.queries import status as status_queries
from plantin.store.queries.gate import OFF

DEMO_QUEUE = "secure"
DEMO_DEVICE = "virtual"


def serve(
    config: Config, installation: Installation, *, ipp: tuple[str, ...], web: tuple[str, ...], demo: bool
) -> int:
    """Runs the server; returns the exit status.

    Raises:
        PlantinError: it can't start, and why.
    """
    logs.set_up(config.log.level, "serve")
    config = replace(
        config,
        ipp=replace(config.ipp, listen=ipp or config.ipp.listen),
        web=replace(config.web, listen=web or config.web.listen),
    )
    frontend_process.ipp_settings(config)  # a wrong setting is told before anything starts
    ipp_addresses, web_addresses = addresses("ipp", config.ipp.listen), addresses("web", config.web.listen)
    installation.prepare()
    with take_lock(installation):
        ipp_sockets = bind(ipp_addresses, what="ipp", option="--ipp or [ipp] listen")
        web_sockets = bind(web_addresses, what="http", option="--web or [web] listen")
        next_job = in_child(lambda: _prepare(installation, config, demo))
        parts = [
            # What was accepted goes out before more is accepted: with the cores evenly shared, a flood of new
            # jobs takes from the devices a sixth of their work.
            Part("frontend", partial(frontend_process.main, web_sockets), ipp_sockets, niceness=5),
            Part("queue", queue_process.main),
        ]
        if config.accounting.enabled:  # paper first: the books follow
            parts.append(Part("accounting", accounting_process.main, niceness=10))
        line = _ready_line(installation, ipp_sockets, web_sockets)
        if demo:
            line += "\n" + _demo_lines(installation, ipp_sockets[0], next_job)
        return Supervisor(config, installation, parts).serve(line)


def _prepare(installation: Installation, config: Config, demo: bool) -> str:
    """In a process of its own, because no database connection may be open when the parts are forked.

    Returns:
        The number that the next job will have.
    """
    installation.open()
    accounts = config.accounting
    installation.write(accounting.keep_new_accounts, accounts.new_accounts if accounts.enabled else OFF)
    if demo:
        installation.write(_add_demo, installation)
    return str(status_queries.summary().last_job + 1)


def _add_demo(installation: Installation) -> None:
    folder = installation.devices / DEMO_DEVICE
    folder.mkdir(mode=0o700, exist_ok=True)
    try:
        config_queries.device(DEMO_DEVICE)
    except NotFound:
        config_commands.add_device(
            DEMO_DEVICE, f"file://{folder}/", actor="demo", info="Virtual device: writes to a folder"
        )
    try:
        config_queries.queue(DEMO_QUEUE)
    except NotFound:
        config_commands.add_queue(
            DEMO_QUEUE,
            [DEMO_DEVICE],
            mode=QueueMode.HOLD,
            actor="demo",
            info="Secure printing: held until you release it",
        )
        config_commands.set_default_queue(DEMO_QUEUE, actor="demo")


def _shown(sock: socket) -> str:
    host, port = sock.getsockname()[:2]
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"


def _ready_line(installation: Installation, ipp: tuple[socket, ...], web: tuple[socket, ...]) -> str:
    found = [f"ipp://{_shown(sock)}/" for sock in ipp] + [f"http://{_shown(sock)}/" for sock in web]
    return f"plantin is ready: {' '.join(found)} (ipps on the same port; data in {installation.data})"


def _demo_lines(installation: Installation, sock: socket, job: str) -> str:
    """What to try next, to be typed in another terminal, in this directory, as it stands here."""
    where = _shown(sock)
    data = _near(installation.data)
    command = f"{_near(Path(sys.argv[0]))} --data {data}"
    file = "README.md" if Path("README.md").exists() else "FILE"
    return "\n".join(
        [
            "",
            "In another terminal:",
            f"  Print something:   lp -h {where} -d {DEMO_QUEUE} {file}",
            f"  or without CUPS:   {command} print {file} --queue {DEMO_QUEUE}",
            f"  See it wait:       {command} job list",
            f"  Release it:        {command} job release {job}",
            f"  Where, and why:    {command} job why {job}",
            f"  What came out:     ls -l {_near(installation.devices / DEMO_DEVICE)}",
            "",
            "Ctrl-C ends the server.",
        ]
    )


def _near(path: Path) -> Path:
    """The path as it is typed from here."""
    here = Path.cwd()
    return path.relative_to(here) if path.is_relative_to(here) else path
