"""Announcing queues on the local network: DNS-SD over multicast DNS (RFC 6762, RFC 6763), as AirPrint,
Mopria, IPP Everywhere (PWG 5100.14 section 4) and CUPS look for printers.

Off unless the configuration switches it on. It only speaks of what the directory has and never changes it;
whatever goes wrong here is logged and tried again, and printing does not notice.
"""

from plantin.frontends.dnssd.announcer import Announcer
from plantin.frontends.dnssd.names import host_name
from plantin.frontends.dnssd.place import Place, find_place

__all__ = ["Announcer", "Place", "find_place", "host_name"]
