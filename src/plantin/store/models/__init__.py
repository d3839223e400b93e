"""The tables. Times are UTC milliseconds (``*_at``), sizes are octets; each field names the IPP attribute it
carries where there is one."""

from plantin.store.models.cost import JobCost
from plantin.store.models.device import Device
from plantin.store.models.event import Event
from plantin.store.models.job import Attempt, Document, Job
from plantin.store.models.ledger import (
    Account,
    AllocationRule,
    DefaultAccount,
    LedgerHead,
    LedgerTransaction,
    OpenReservation,
    Posting,
    RefundRequest,
    RefundStep,
    Voucher,
    VoucherBatch,
)
from plantin.store.models.queue import Queue, QueueDevice
from plantin.store.models.rules import DeviceGroupMember, GroupMember, Policy, Tariff
from plantin.store.models.setting import Setting
from plantin.store.models.site import Site
from plantin.store.models.subscription import Subscription

__all__ = [
    "Account",
    "AllocationRule",
    "Attempt",
    "DefaultAccount",
    "Device",
    "DeviceGroupMember",
    "Document",
    "Event",
    "GroupMember",
    "Job",
    "JobCost",
    "LedgerHead",
    "LedgerTransaction",
    "OpenReservation",
    "Policy",
    "Posting",
    "Queue",
    "QueueDevice",
    "RefundRequest",
    "RefundStep",
    "Setting",
    "Site",
    "Subscription",
    "Tariff",
    "Voucher",
    "VoucherBatch",
]
