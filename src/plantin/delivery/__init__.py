"""How a document reaches a device: one backend per protocol, one contract.

    delivery = Delivery(Surroundings(clock=clock, file_roots=(folder,)))
    delivered = await delivery.deliver(ticket, source, progress, stop)

Promises: the outcome of every attempt is honest (law 3): COMPLETED, TEMPORARY and PERMANENT are said only
where the protocol lets us know, anything else is UNKNOWN. Never retries on its own, never touches the
database.
"""

from plantin.delivery.contract import BACKENDS, Delivery, Surroundings
from plantin.delivery.options import Limits
from plantin.delivery.uri import DeviceUri, parse_device_uri

__all__ = ["BACKENDS", "Delivery", "DeviceUri", "Limits", "Surroundings", "parse_device_uri"]
