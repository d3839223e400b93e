"""``plantin serve``: prepares the installation, binds, and hands over to the supervisor."""

from dataclasses import replace
from socket import socket

from plantin.cli.installation import Installation
from plantin.core.errors import NotFound
from plantin.core.model import QueueMode
from plantin.service import frontend_process, logs, queue_process, web_process
from plantin.service.config import Config, addresses
from plantin.service.supervisor import Part, Supervisor, bind, in_child
from plantin.store.commands import config as config_commands
from plantin.store.queries import config as config_queries

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
    installation.prepare()
    ipp_sockets = bind(addresses("ipp", config.ipp.listen), what="ipp")
    web_sockets = bind(addresses("web", config.web.listen), what="http")
    in_child(lambda: _prepare(installation, demo))
    parts = [
        Part("frontend", frontend_process.main, ipp_sockets),
        Part("web", web_process.main, web_sockets),
        Part("queue", queue_process.main),
    ]
    line = _ready_line(installation, ipp_sockets, web_sockets)
    if demo:
        line += "\n" + _demo_lines(installation, ipp_sockets[0])
    return Supervisor(config, installation, parts).serve(line)


def _prepare(installation: Installation, demo: bool) -> None:
    """In a process of its own, because no database connection may be open when the parts are forked."""
    installation.open()
    if demo:
        installation.write(_add_demo, installation)


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


def _demo_lines(installation: Installation, sock: socket) -> str:
    where = _shown(sock)
    return "\n".join(
        [
            "",
            f"Print something:   lp -h {where} -d {DEMO_QUEUE} README.md",
            f"See it wait:       lpstat -h {where} -o",
            f"Release it:        .venv/bin/plantin job release 1 --data {installation.data}",
            f"What came out:     {installation.devices / DEMO_DEVICE}",
            f"Why, at any time:  .venv/bin/plantin job why 1 --data {installation.data}",
            "",
        ]
    )
