"""The process that delivers: queue manager, backends, housekeeping. It never sees a client."""

import asyncio
import logging
from pathlib import Path

from plantin.core.errors import PlantinError, SpoolDamaged
from plantin.core.model import DeviceRecord, Ticket
from plantin.delivery import Delivery, Limits, Surroundings
from plantin.devices import Looker, Poller, PollSettings
from plantin.queue.backoff import Backoff
from plantin.queue.conversion import Converting, Workshop
from plantin.queue.durable import DurableStore
from plantin.queue.manager import QueueManager
from plantin.queue.retention import Housekeeper, RetentionSettings
from plantin.queue.settings import QueueSettings
from plantin.service.clock import SystemClock
from plantin.service.devices import Identifier, Reacher, StoreBook
from plantin.service.process import Process
from plantin.service.spool import open_spool
from plantin.store.access import Store
from plantin.store.commands import config as config_commands

log = logging.getLogger("plantin.service")

DRAIN_S = 30.0


async def main(process: Process) -> None:
    """Runs until the process shall stop; lets running attempts end."""
    clock = SystemClock()
    config = process.config
    async with process.store() as store, open_spool(process) as spool:

        async def damaged(ticket: Ticket, error: SpoolDamaged) -> None:
            for document in ticket.documents:
                if document.spool is not None:
                    try:
                        log.error("document kept aside as %s", await spool.quarantine(document.spool))
                    except PlantinError as failure:
                        log.error("job %s: %s", ticket.job.id, failure)

        around = surroundings(process, store, clock)
        delivery = Delivery(around)
        workshop = Workshop(
            process.installation.run / "conversion", free_floor=config.spool.free_floor_octets
        )
        await asyncio.to_thread(workshop.clear)
        converting = Converting(delivery, workshop, learn=delivery.learn)
        manager = QueueManager(
            DurableStore(store, clock, timed_out=config.ipp.multiple_operation_time_out_action),
            lambda device: converting,
            spool,
            clock,
            QueueSettings(backoff=Backoff(config.queue.retry_first_s, max_s=config.queue.retry_max_s)),
            damaged=damaged,
        )
        looker = Looker(around)
        poller = Poller(StoreBook(store), looker, clock, PollSettings(idle_s=config.devices.poll_s))
        identifier = Identifier(store, around)
        reacher = Reacher(store, around, clock)

        def configured() -> None:
            manager.hint()
            poller.hint()
            identifier.hint()
            reacher.hint()

        listener = process.listen_to_hints(jobs=manager.hint, config=configured)
        await manager.start()
        housekeeper = Housekeeper(store, spool, clock, retention(process))
        tasks = [
            asyncio.create_task(manager.run(), name="queue manager"),
            asyncio.create_task(housekeeper.run(), name="housekeeper"),
            asyncio.create_task(poller.run(), name="device poller"),
            asyncio.create_task(identifier.run(), name="identifier"),
            asyncio.create_task(reacher.run(), name="reacher"),
        ]
        process.ready()
        await process.stop.wait()
        listener.close()
        await manager.close(DRAIN_S)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        await identifier.close()
        await reacher.close()
        await looker.close()
        await converting.close()
        await delivery.close()


def surroundings(process: Process, store: Store, clock: SystemClock) -> Surroundings:
    """What the backends share."""
    settings = process.config.devices

    async def store_pin(device: DeviceRecord, sha256: str) -> None:
        await store.write(config_commands.device_reported, device.id, event=True, tls_pin=sha256)

    return Surroundings(
        clock=clock,
        file_roots=(process.installation.devices, *(Path(root) for root in settings.file_roots)),
        limits=Limits(connect_timeout=settings.connect_s, progress_timeout=settings.progress_s),
        store_pin=store_pin,
    )


def retention(process: Process) -> RetentionSettings:
    """What the configuration says about keeping."""
    spool, history = process.config.spool, process.config.history
    return RetentionSettings(
        documents_s=spool.keep_documents_s,
        documents_octets=spool.keep_documents_octets,
        history_s=history.keep_s,
        orphan_grace_s=spool.orphan_grace_s,
    )
