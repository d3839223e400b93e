"""The backend for ``ipp``, ``ipps``, ``http`` and ``https`` device URIs: one object for all such devices."""

from plantin.core.errors import Refusal
from plantin.core.model import Delivered, DeviceRecord, Ticket
from plantin.core.ports import DocumentSource, Progress, Reached, Stop
from plantin.delivery import outcome
from plantin.delivery.http import Endpoint, Lost, Pool
from plantin.delivery.ipp.attempt import Attempt
from plantin.delivery.ipp.blob import pack
from plantin.delivery.ipp.follow import PRINTER_REQUESTED, Follower, JobGone
from plantin.delivery.ipp.jobs import DeviceJob, JobView, had_all, user_name
from plantin.delivery.ipp.link import HttpRefused, IppLink
from plantin.delivery.ipp.refusals import IppRefused
from plantin.delivery.outcome import Unreachable
from plantin.delivery.surroundings import Surroundings
from plantin.delivery.watch import Stopped, StopWatch
from plantin.ipp import Operation, attributes

PROBE_USER = "plantin"


class IppBackend:
    """Speaks IPP to devices."""

    def __init__(self, surroundings: Surroundings) -> None:
        self._surroundings = surroundings
        self._pool = Pool(surroundings)

    async def reach(self, device: DeviceRecord, stop: Stop, limit_s: float) -> Reached | None:
        """Nothing to gain: connections are kept from job to job."""
        return None

    async def deliver(
        self,
        ticket: Ticket,
        source: DocumentSource,
        progress: Progress,
        stop: Stop,
        reached: Reached | None = None,
    ) -> Delivered:
        """See :class:`plantin.core.ports.Backend`."""
        if stop.reason:
            return outcome.stopped_before(stop.reason)
        try:
            link = self.link(ticket.device, user_name(ticket))
        except Refusal as error:
            return outcome.temporary(error.reason, error.text)
        watch = StopWatch(stop)
        try:
            return await Attempt(link, ticket, source, progress, watch, self._surroundings.clock).run()
        finally:
            watch.close()

    def link(self, device: DeviceRecord, user: str = PROBE_USER) -> IppLink:
        """A device to be asked.

        Raises:
            Refusal: its URI or options make no sense.
        """
        return IppLink(self._pool, Endpoint(device, self._surroundings.target(device)), user)

    async def probe(self, device: DeviceRecord) -> tuple[str, str] | None:
        """Asks for the state; a device that does not accept jobs is not ready either."""
        watch = StopWatch()
        try:
            response = await self.link(device).ask(
                Operation.GET_PRINTER_ATTRIBUTES,
                watch,
                attributes.keyword("requested-attributes", *PRINTER_REQUESTED),
            )
        except (Refusal, Unreachable, Lost, HttpRefused) as error:
            return error.reason, error.text
        except IppRefused as refused:
            return "device-refuses-to-tell", refused.text
        finally:
            watch.close()
        printer = response.printer_attributes
        if printer.boolean("printer-is-accepting-jobs") is False:
            reasons = ", ".join(printer.strings("printer-state-reasons")) or "no reason given"
            return "device-not-accepting-jobs", f"the device does not accept jobs ({reasons})"
        return None

    async def learn(self, device: DeviceRecord, stop: Stop) -> bytes:
        """The device's capabilities, encoded; nothing when it does not answer or shall not be waited for."""
        watch = StopWatch(stop)
        try:
            response = await self.link(device).ask(
                Operation.GET_PRINTER_ATTRIBUTES,
                watch,
                attributes.keyword("requested-attributes", "all"),
            )
        except (Refusal, Unreachable, Lost, HttpRefused, IppRefused, Stopped):
            return b""
        finally:
            watch.close()
        return pack(response.printer_attributes)

    async def recover(self, ticket: Ticket, device_job: str) -> Delivered | None:
        """Asks the device: by its own identifier of the job, else by name, user and time."""
        try:
            link = self.link(ticket.device, user_name(ticket))
        except Refusal as error:
            return outcome.unknown(error.reason, f"interrupted, and {error.text}", 0)
        watch = StopWatch()
        follower = Follower(link, ticket, None, self._surroundings.clock, watch)
        known = DeviceJob.parse(device_job)
        try:
            view = await (follower.look(known, watch) if known is not None else follower.find(watch))
            if view is None:
                raise JobGone
            return await self._recovered(follower, link, ticket, view, known is not None and known.sent)
        except JobGone:
            return outcome.unknown(
                "job-lost-by-device", f"interrupted, and {link.where} does not know the job any more", 0
            )
        except (Unreachable, Lost, HttpRefused, IppRefused):
            return None
        finally:
            watch.close()

    async def _recovered(
        self, follower: Follower, link: IppLink, ticket: Ticket, view: JobView, sent: bool
    ) -> Delivered | None:
        octets = sum(document.octets for document in ticket.documents)
        follower.octets = octets
        whole = sent or had_all(view, octets)
        if view.terminal:
            return follower.end(view, whole=whole)
        if (whole and not view.waits_for_data) or view.begun:
            return None  # it is on its way: ask again later
        trouble = outcome.temporary(
            "interrupted", f"interrupted while it was being sent to {link.where}, which printed nothing of it"
        )
        return await follower.settle(view.device_job, whole=False, trouble=trouble)

    async def close(self) -> None:
        """Closes kept connections."""
        await self._pool.close()
