"""The tables. Times are UTC milliseconds (``*_at``), sizes are octets; each field names the IPP attribute it
carries where there is one."""

from plantin.store.models.device import Device
from plantin.store.models.event import Event
from plantin.store.models.job import Attempt, Document, Job
from plantin.store.models.queue import Queue, QueueDevice
from plantin.store.models.setting import Setting
from plantin.store.models.site import Site
from plantin.store.models.subscription import Subscription

__all__ = [
    "Attempt",
    "Device",
    "Document",
    "Event",
    "Job",
    "Queue",
    "QueueDevice",
    "Setting",
    "Site",
    "Subscription",
]
