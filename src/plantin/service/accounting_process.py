"""The process that keeps the accounts: counts jobs, lets them print, charges what came out. It never sees a
client or a device; documents are opened by its sandboxed workers."""

import asyncio

from plantin.accountant.accountant import Accountant, Settings
from plantin.accountant.reader import DocumentReader
from plantin.inspect.pool import Pool
from plantin.service.clock import SystemClock
from plantin.service.process import Process
from plantin.service.spool import open_spool

WORKERS = 2
IDLE_STOP_S = 120.0
"""Workers that had nothing to inspect for so long are ended: an idle server is small."""


async def main(process: Process) -> None:
    """Runs until the process shall stop."""
    settings = process.config.accounting
    async with process.store(readers=2) as store, open_spool(process) as spool:
        pool = Pool(WORKERS, idle_stop_s=IDLE_STOP_S, folder=process.installation.run)
        accountant = Accountant(
            store,
            DocumentReader(pool, spool),
            SystemClock(),
            Settings(
                currency=settings.currency,
                new_accounts=settings.new_accounts,
                reservation_hours=settings.reservation_hours,
                hold_s=settings.hold_s,
            ),
        )
        listener = process.listen_to_hints(jobs=accountant.hint, config=accountant.configured)
        task = asyncio.create_task(accountant.run(), name="accountant")
        process.ready()
        await process.stop.wait()
        listener.close()
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        await asyncio.to_thread(pool.close)
