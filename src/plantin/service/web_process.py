"""The process behind the web port: for now health and metrics."""

from plantin.frontends.http1 import HttpServer
from plantin.service.frontend_process import names
from plantin.service.process import Process
from plantin.web.status import StatusPages

DRAIN_S = 5.0


async def main(process: Process) -> None:
    """Runs until the process shall stop."""
    async with process.store(readers=2) as store:
        pages = StatusPages(store, process.installation.spool, process.installation.run)
        http = HttpServer()
        await http.start(process.sockets, pages.handle, allowed_hosts=names(process.config))
        process.ready()
        await process.stop.wait()
        await http.drain(DRAIN_S)
