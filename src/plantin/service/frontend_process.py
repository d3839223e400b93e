"""The process that accepts: HTTP, IPP, spool and acceptance. It never touches a device."""

import asyncio
import ipaddress
import logging
from collections.abc import Sequence
from pathlib import Path

from plantin.core.model import DeviceRecord
from plantin.frontends.http1 import HttpLimits, HttpServer
from plantin.frontends.ipp.context import Context, IppSettings
from plantin.frontends.ipp.directory import Directory
from plantin.frontends.ipp.server import IppServer
from plantin.frontends.tls import local_names, server_tls
from plantin.service.clock import SystemClock
from plantin.service.config import Config, ConfigError
from plantin.service.process import Process
from plantin.service.spool import open_spool
from plantin.store.commands import config as config_commands

log = logging.getLogger("plantin.service")

DRAIN_S = 10.0


async def main(process: Process) -> None:
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
        process.ready()
        await process.stop.wait()
        listener.close()
        await http.drain(DRAIN_S)
        following.cancel()
        await asyncio.gather(following, return_exceptions=True)


def _nothing() -> None:
    """Jobs are read when a client asks for them."""


def names(config: Config) -> tuple[str, ...]:
    """Every name the server answers to."""
    external = config.ipp.external_host.rsplit(":", 1)[0] if config.ipp.external_host else ""
    return local_names([*([external] if external else []), *config.ipp.names])


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
        multiple_operation_time_out_s=ipp.multiple_operation_time_out_s,
        multiple_operation_time_out_action=ipp.multiple_operation_time_out_action,
        release_expire_s=config.queue.release_expire_s,
        organization=ipp.organization,
        organizational_unit=ipp.organizational_unit,
    )
