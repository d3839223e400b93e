"""What devices say of themselves: status, supplies, counters, capabilities; which devices there are.

Promises that a device that is slow or dead costs a bounded number of connections and delays nobody else's
turn, and that nothing here prints. The store is reached only through :class:`DeviceBook`.
"""

from plantin.devices.capabilities import Summary, summary
from plantin.devices.discovery import Discovery, Found, discover
from plantin.devices.identify import identify
from plantin.devices.look import Look, Looker, Unseen
from plantin.devices.poller import DeviceBook, Poller, PollSettings, Report
from plantin.devices.status import DeviceStatus
from plantin.devices.testpage import TEST_FORMATS, format_of_test_page, make_test_page

__all__ = [
    "TEST_FORMATS",
    "DeviceBook",
    "DeviceStatus",
    "Discovery",
    "Found",
    "Look",
    "Looker",
    "PollSettings",
    "Poller",
    "Report",
    "Summary",
    "Unseen",
    "discover",
    "format_of_test_page",
    "identify",
    "make_test_page",
    "summary",
]
