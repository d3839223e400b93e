"""The process with the doors: IPP, spool and acceptance; health and metrics. It never touches a device."""

import asyncio
import ipaddress
import logging
import socket
from collections.abc import Sequence
from pathlib import Path

from plantin.core.model import DeviceRecord
from plantin.frontends.dnssd import Announcer, Place, find_place, host_name
from plantin.frontends.dnssd.place import machine_addresses
from plantin.frontends.http1 import HttpLimits, HttpServer
from plantin.frontends.ipp.context import Context, IppSettings
from plantin.frontends.ipp.directory import Directory
from plantin.frontends.ipp.server import IppServer
from plantin.frontends.tls import local_names, server_tls
from plantin.service.clock import SystemClock
from plantin.service.config import Config, ConfigError
from plantin.service.process import Process
from plantin.service.reaching import trouble_with
from plantin.service.spool import open_spool
from plantin.store.commands import config as config_commands
from plantin.web.status import PARTS, StatusPages

log = logging.getLogger("plantin.service")

DRAIN_S = 10.0
WEB_DRAIN_S = 5.0
GOODBYE_S = 2.0
"""How long the network may take to hear that the queues go away."""


async def main(web_sockets: tuple[socket.socket, ...], process: Process) -> None:
    """Runs until the process shall stop; requests in work are answered."""
    config = process.config
    clock = SystemClock()
    async with process.store() as store, open_spool(process) as spool:
        directory = Directory(store)
        await directory.load()
        wishes: set[asyncio.Task[None]] = set()

        def identify(device: DeviceRecord, actions: Sequence[str], message: str) -> None:
            wish = asyncio.create_task(
                store.write(config_commands.ask_to_identify, device.id, actions, message)
            )
            wishes.add(wish)
            wish.add_done_callback(wishes.discard)

        context = Context(
            store=store,
            spool=spool,
            directory=directory,
            clock=clock,
            settings=ipp_settings(config),
            identify=identify,
            trouble_with=lambda uri: trouble_with(store, clock, uri),
            started_at=clock.now_ms(),
        )
        ipp = IppServer(context)
        tls = server_tls(
            process.installation.data / "tls",
            names(config),
            certificate=Path(config.tls.certificate) if config.tls.certificate else None,
            key=Path(config.tls.key) if config.tls.key else None,
        )
        for warning in tls.warnings:
            log.warning("%s", warning)
        http = HttpServer()
        listener = process.listen_to_hints(jobs=_nothing, config=directory.hint)
        following = asyncio.create_task(directory.follow(), name="directory")
        await http.start(
            process.sockets,
            ipp.handle,
            tls=tls,
            limits=HttpLimits(
                connections=config.ipp.connections,
                connections_per_address=config.ipp.connections_per_address,
            ),
            allowed_hosts=names(config),
        )
        parts = (*PARTS, "accounting") if config.accounting.enabled else PARTS
        pages = StatusPages(store, process.installation.spool, process.installation.run, parts)
        web = HttpServer()
        await web.start(web_sockets, pages.handle, allowed_hosts=names(config))
        announcing = announce(process, ipp) if config.dns_sd.enabled else None
        process.ready()
        await process.stop.wait()
        listener.close()
        if announcing is not None:
            announcing.cancel()
            await asyncio.wait([announcing], timeout=GOODBYE_S)
        await asyncio.gather(http.drain(DRAIN_S), web.drain(WEB_DRAIN_S))
        await ipp.close()
        following.cancel()
        await asyncio.gather(following, return_exceptions=True)


def _nothing() -> None:
    """Jobs are read when a client asks for them."""


def announce(process: Process, ipp: IppServer) -> asyncio.Task[None]:
    """Begins to announce the queues on the network; never fails, and costs the start nothing."""
    listening = [sock.getsockname()[:2] for sock in process.sockets]

    def place() -> Place | None:
        return find_place(listening, process.config.dns_sd.interfaces, machine_addresses())

    announcer = Announcer(
        ipp.context.directory,
        ipp.describer,
        ipp.context.settings,
        find_place=place,
        host=host_name(socket.gethostname()),
        maximum=process.config.dns_sd.queues,
    )
    return asyncio.create_task(announcer.run(), name="dns-sd")


def names(config: Config) -> tuple[str, ...]:
    """Every name the server answers to."""
    external = config.ipp.external_host.rsplit(":", 1)[0] if config.ipp.external_host else ""
    announced = host_name(socket.gethostname())  # always: the certificate outlives the switching on of DNS-SD
    return local_names([*([external] if external else []), announced, *config.ipp.names])


def ipp_settings(config: Config) -> IppSettings:
    """What the configuration says about the IPP server.

    Raises:
        ConfigError: a network is none.
    """
    ipp = config.ipp
    try:
        networks = tuple(ipaddress.ip_network(text) for text in ipp.admin_networks)
    except ValueError as error:
        raise ConfigError(f"[ipp] admin_networks: {error}") from None
    return IppSettings(
        external_host=ipp.external_host,
        admin_networks=networks,
        document_octets_max=ipp.document_octets_max,
        print_uri=ipp.print_uri,
        print_uri_hosts=ipp.print_uri_hosts,
        subscriptions_max=ipp.subscriptions,
        multiple_operation_time_out_s=ipp.multiple_operation_time_out_s,
        multiple_operation_time_out_action=ipp.multiple_operation_time_out_action,
        release_expire_s=config.queue.release_expire_s,
        history_s=config.history.keep_s,
        organization=ipp.organization,
        organizational_unit=ipp.organizational_unit,
    )
