"""TLS to devices: their certificates are signed by nobody, so the first one seen is the one that counts.

Promises that nothing is sent to a device whose certificate is not the pinned one, and that a certificate
that is trusted on first use is stored before anything is sent. Never falls back to a connection without
TLS. RFC 7469 describes pinning, PWG 5100.14 what printers' certificates are like.
"""

import hashlib
import ssl
from collections import OrderedDict
from typing import Final

from plantin.core.model import DeviceRecord
from plantin.delivery.outcome import Unreachable
from plantin.delivery.surroundings import PinStore

LEARNED_MAX: Final = 20_000


class CertificateChanged(Unreachable):
    """The device shows another certificate than the one that is trusted; nothing was sent."""

    def __init__(self, where: str, pinned: str, shown: str) -> None:
        super().__init__(
            "device-certificate-changed",
            f"{where} shows another certificate (SHA-256 {shown[:16]}…) than the one that is trusted"
            f" ({pinned[:16]}…); nothing was sent; if the device was given a new one, trust that"
            " (device set --tls-pin)",
        )


class Trust:
    """Which certificate belongs to which device.

    Args:
        store: remembers a certificate that is trusted on first use.
    """

    def __init__(self, store: PinStore) -> None:
        self._store = store
        self._learned: OrderedDict[tuple[str, int], str] = OrderedDict()
        self.context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        self.context.check_hostname = False
        self.context.verify_mode = ssl.CERT_NONE  # the fingerprint is what is verified, in check()
        self.context.minimum_version = ssl.TLSVersion.TLSv1_2

    async def check(self, device: DeviceRecord, where: str, certificate: bytes | None) -> None:
        """Lets the certificate (DER) of ``device`` pass or not.

        Raises:
            Unreachable: there is none.
            CertificateChanged: it is another than the trusted one.
        """
        if not certificate:
            raise Unreachable("device-without-certificate", f"{where} shows no certificate")
        shown = hashlib.sha256(certificate).hexdigest()
        # The version tells a record from before the first use from one whose pin was taken away since.
        key = (device.uuid, device.version)
        pinned = device.tls_pin.replace(":", "").lower() or self._learned.get(key, "")
        if not pinned:
            self._learned[key] = shown
            if len(self._learned) > LEARNED_MAX:
                self._learned.popitem(last=False)
            await self._store(device, shown)
        elif pinned != shown:
            raise CertificateChanged(where, pinned, shown)
