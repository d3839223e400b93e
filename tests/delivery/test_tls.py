"""ipps devices: trust on first use, pinned certificates, and nothing sent to a stranger."""

from __future__ import annotations

import asyncio
import datetime
import hashlib
import ipaddress
import ssl
from dataclasses import replace
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from plantin.core.model import DeviceRecord, Outcome
from plantin.delivery import Delivery
from tests.delivery.fakeprinter import FakePrinter
from tests.delivery.sink import Link, Sink
from tests.delivery.support import FakeProgress, FakeStop, MemorySource, device, surroundings, ticket

SMALL = b"%PDF-1.7 " + b"x" * 5_000


class Identity:
    """A self-signed certificate, as printers have them."""

    def __init__(self, folder: Path, name: str) -> None:
        key = ec.generate_private_key(ec.SECP256R1())
        subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
        now = datetime.datetime.now(datetime.UTC)
        certificate = (
            x509.CertificateBuilder()
            .subject_name(subject)
            .issuer_name(subject)
            .public_key(key.public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(now - datetime.timedelta(days=900))
            .not_valid_after(now - datetime.timedelta(days=1))  # as printers have them
            .add_extension(
                x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("192.0.2.1"))]), False
            )
            .sign(key, hashes.SHA256())
        )
        chain, private = folder / f"{name}.crt", folder / f"{name}.key"
        chain.write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
        private.write_bytes(
            key.private_bytes(
                serialization.Encoding.PEM,
                serialization.PrivateFormat.PKCS8,
                serialization.NoEncryption(),
            )
        )
        self.sha256 = hashlib.sha256(certificate.public_bytes(serialization.Encoding.DER)).hexdigest()
        self.context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self.context.load_cert_chain(chain, private)


@pytest.fixture(scope="module")
def identities(tmp_path_factory: pytest.TempPathFactory) -> tuple[Identity, Identity]:
    folder = tmp_path_factory.mktemp("identities")
    return Identity(folder, "first"), Identity(folder, "second")


def test_trusted_on_first_use_and_stored_before_anything_is_sent(
    identities: tuple[Identity, Identity],
) -> None:
    async def main() -> None:
        async with FakePrinter(tls=identities[0].context) as printer:
            stored: list[tuple[str, str, int]] = []

            async def store(record: DeviceRecord, sha256: str) -> None:
                stored.append((record.uuid, sha256, len(printer.seen)))

            delivery = Delivery(replace(surroundings(), store_pin=store))
            delivered = await delivery.deliver(
                ticket(device(printer.uri), SMALL), MemorySource(SMALL), FakeProgress(), FakeStop()
            )
            assert (delivered.outcome, delivered.confirmed) == (Outcome.COMPLETED, True)
            assert stored == [("0190-device", identities[0].sha256, 0)]
            await delivery.close()

    asyncio.run(main())


def test_another_certificate_than_the_learned_one(identities: tuple[Identity, Identity]) -> None:
    async def main() -> None:
        delivery = Delivery(surroundings())
        async with FakePrinter(tls=identities[0].context) as printer:
            assert await delivery.probe(device(printer.uri)) is None
        printer._tls = identities[1].context
        async with printer:
            before = len(printer.seen)
            delivered = await delivery.deliver(
                ticket(device(printer.uri), SMALL), MemorySource(SMALL), FakeProgress(), FakeStop()
            )
            assert (delivered.outcome, delivered.reason) == (Outcome.TEMPORARY, "device-certificate-changed")
            assert identities[0].sha256[:16] in delivered.text
            assert identities[1].sha256[:16] in delivered.text
            assert len(printer.seen) == before
            assert await delivery.probe(device(printer.uri, version=1)) is None  # the pin was taken away
        await delivery.close()

    asyncio.run(main())


@pytest.mark.parametrize("spelling", [str.lower, str.upper])
def test_a_pinned_certificate(identities: tuple[Identity, Identity], spelling: object) -> None:
    assert callable(spelling)

    async def main() -> None:
        async with FakePrinter(tls=identities[0].context) as printer:
            delivery = Delivery(surroundings())
            right = device(printer.uri, tls_pin=spelling(identities[0].sha256))
            wrong = device(printer.uri, tls_pin=spelling(identities[1].sha256))
            assert await delivery.probe(right) is None
            failed = await delivery.probe(wrong)
            assert failed is not None and failed[0] == "device-certificate-changed"
            assert len(printer.seen) == 1
            await delivery.close()

    asyncio.run(main())


def test_no_tls_where_it_is_wanted() -> None:
    async def main() -> None:
        async with Sink() as sink:
            delivery = Delivery(surroundings())

            async def close(link: Link) -> None:
                """Hangs up."""

            sink.script = close
            failed = await delivery.probe(device(f"ipps://127.0.0.1:{sink.port}/ipp/print"))
            assert failed is not None
            assert failed[0] in ("tls-failed", "connection-reset", "connection-failed")
            await delivery.close()

    asyncio.run(main())
