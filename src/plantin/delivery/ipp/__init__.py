"""IPP and IPPS devices: Create-Job and Send-Document or Print-Job, followed until the device has ended the
job."""

from plantin.delivery.ipp.backend import IppBackend
from plantin.delivery.ipp.link import HttpRefused, IppLink
from plantin.delivery.ipp.refusals import IppRefused

__all__ = ["HttpRefused", "IppBackend", "IppLink", "IppRefused"]
