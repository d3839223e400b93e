"""What the IPP operations need of the rest: handed in once by the composition root, never looked up."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from ipaddress import IPv4Network, IPv6Network
from typing import Protocol

from plantin.core.clock import Clock
from plantin.core.limits import DOCUMENT_OCTETS_MAX, SUBSCRIPTIONS_MAX
from plantin.core.model import DeviceRecord
from plantin.frontends.ipp.directory import Directory
from plantin.spool import DocumentSpool
from plantin.store.access import Store

Network = IPv4Network | IPv6Network


@dataclass(frozen=True, slots=True)
class IppSettings:
    """What an administrator chose for the IPP front end. Sizes are octets, times are seconds."""

    external_host: str = ""
    """``name`` or ``name:port`` that URIs in answers carry; empty: what the client itself called us."""
    tls: bool = True
    """Whether the port takes TLS, so that ipps URIs may be told to clients."""
    admin_networks: tuple[Network, ...] = ()
    """Networks besides loopback from which administration over IPP is taken."""
    document_octets_max: int = DOCUMENT_OCTETS_MAX
    """The largest document, after decompression."""
    print_uri: bool = False
    """Whether Print-URI and Send-URI fetch documents."""
    print_uri_hosts: tuple[str, ...] = ()
    """Hosts that Print-URI and Send-URI may fetch from; exact names, or ``*.example.org``."""
    multiple_operation_time_out_s: int = 300
    multiple_operation_time_out_action: str = "abort-job"
    """"abort-job", "hold-job" or "process-job"."""
    release_expire_s: int = 3 * 86_400
    """How long a job waits for its release, unless its queue says otherwise."""
    history_s: int = 365 * 86_400
    """How long ended jobs are remembered (job-history-interval-configured)."""
    subscriptions_max: int = SUBSCRIPTIONS_MAX
    """Event subscriptions to queues and the server at most (those of one job have a limit of their own)."""
    notify_lease_default_s: int = 3_600
    ippget_event_life_s: int = 60
    notify_wait_s_max: int = 60
    """How long Get-Notifications with notify-wait is parked at most."""
    organization: str = ""
    organizational_unit: str = ""


class Found(Protocol):
    """A device that discovery has seen (CUPS-Get-Devices)."""

    @property
    def uri(self) -> str: ...
    @property
    def info(self) -> str: ...
    @property
    def make_model(self) -> str: ...
    @property
    def device_id(self) -> str: ...
    @property
    def location(self) -> str: ...
    @property
    def uuid(self) -> str: ...


def _nothing_found() -> Sequence[Found]:
    return ()


async def _nobody_asks(uri: str) -> str:
    return ""


def _nobody_identifies(device: DeviceRecord, actions: Sequence[str], message: str) -> None:
    return None


@dataclass(frozen=True, slots=True)
class Context:
    """Everything an operation may touch."""

    store: Store
    spool: DocumentSpool
    directory: Directory
    clock: Clock
    settings: IppSettings = field(default_factory=IppSettings)
    discovered: Callable[[], Sequence[Found]] = _nothing_found
    """The devices that discovery has seen so far."""
    identify: Callable[[DeviceRecord, Sequence[str], str], None] = _nobody_identifies
    """Makes a device show itself (Identify-Printer); must return at once."""
    trouble_with: Callable[[str], Awaitable[str]] = _nobody_asks
    """Whether the device at a device-uri can be reached: empty if so, else a sentence that says why not."""
    started_at: int = 0
    """When this server started, UTC milliseconds: the origin of printer-up-time."""
