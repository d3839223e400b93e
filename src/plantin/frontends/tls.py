"""The server's certificate: one, for all of its names, and the same for ever.

CUPS clients trust a certificate at first sight and hold every later one against it; after a change their jobs
stay pending without a word. So a certificate is made once, at the first start, with every name the server is
known by, and is never made again by itself: when names change or it nears its end, the warnings say so and
the administrator decides. It is never chosen by SNI.
"""

import datetime
import ipaddress
import os
import socket
import ssl
import tempfile
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

CERTIFICATE_FILE: Final = "server.crt"
KEY_FILE: Final = "server.key"
LIFETIME_DAYS: Final = 3650
EXPIRY_WARNING_DAYS: Final = 30
_COMMON_NAME_MAX: Final = 64
"""ub-common-name, RFC 5280 appendix A."""


class TlsError(Exception):
    """The certificate or its key is missing, unreadable or does not fit the other."""


@dataclass(frozen=True, slots=True)
class TlsContext:
    """What the server needs to speak TLS, and what the administrator should know about it."""

    context: ssl.SSLContext
    certificate: Path
    fingerprint: str
    """SHA-256 of the certificate, as clients show it: AA:BB:…"""
    names: tuple[str, ...]
    """What the certificate is good for."""
    expires: datetime.datetime
    missing_names: tuple[str, ...]
    """Names of the server that the certificate does not hold."""
    expires_soon: bool
    """It ends within EXPIRY_WARNING_DAYS days, or has ended."""

    @property
    def warnings(self) -> tuple[str, ...]:
        """One sentence for each thing to be looked after."""
        found = []
        if self.missing_names:
            listed = ", ".join(self.missing_names)
            found.append(f"the certificate {self.certificate} does not name {listed}")
        if self.expires_soon:
            found.append(f"the certificate {self.certificate} ends on {self.expires:%Y-%m-%d}")
        return tuple(found)


def local_names(extra: Iterable[str] = ()) -> tuple[str, ...]:
    """The names and addresses this machine is known by: full and short name, .local, localhost, ``extra``."""
    full = socket.getfqdn()
    short = socket.gethostname().partition(".")[0]
    names = [full, short, f"{short}.local", "localhost", "127.0.0.1", "::1", *extra]
    return tuple(dict.fromkeys(_canonical(name) for name in names if name))


def server_tls(
    folder: Path,
    names: Iterable[str],
    *,
    certificate: Path | None = None,
    key: Path | None = None,
    now: datetime.datetime | None = None,
) -> TlsContext:
    """The TLS side of a server; makes and keeps a self-signed certificate when none is given.

    Args:
        folder: where the made certificate is kept; created with mode 0700.
        names: host names and IP addresses the server is known by.
        certificate, key: PEM files given by the administrator, both or neither.
        now: the time of day, for tests; aware.

    Raises:
        TlsError: a file is missing or unreadable, or the key does not fit the certificate.
    """
    now = now or datetime.datetime.now(datetime.UTC)
    wanted = tuple(dict.fromkeys(_canonical(name) for name in names))
    if (certificate is None) != (key is None):
        raise TlsError("a certificate and its key are given together or not at all")
    if certificate is None or key is None:
        certificate, key = folder / CERTIFICATE_FILE, folder / KEY_FILE
        if not certificate.exists():
            _make(certificate, key, wanted, now)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.options |= ssl.OP_NO_RENEGOTIATION | ssl.OP_NO_COMPRESSION
    context.set_alpn_protocols(["http/1.1"])
    try:
        context.load_cert_chain(certificate, key)
        parsed = x509.load_pem_x509_certificate(certificate.read_bytes())
    except (OSError, ValueError) as error:  # ssl.SSLError is an OSError
        raise TlsError(f"cannot use the certificate {certificate} with the key {key}: {error}") from error
    held = _names_of(parsed)
    return TlsContext(
        context=context,
        certificate=certificate,
        fingerprint=parsed.fingerprint(hashes.SHA256()).hex(":").upper(),
        names=held,
        expires=parsed.not_valid_after_utc,
        missing_names=tuple(name for name in wanted if not _covers(held, name)),
        expires_soon=parsed.not_valid_after_utc - now < datetime.timedelta(days=EXPIRY_WARNING_DAYS),
    )


def _canonical(name: str) -> str:
    text = name.strip().strip("[]").rstrip(".").lower()
    try:
        return str(ipaddress.ip_address(text.partition("%")[0]))
    except ValueError:
        pass
    try:
        return text if text.isascii() else text.encode("idna").decode("ascii")
    except UnicodeError:
        raise TlsError(f"{name!r} is not a host name") from None


def _covers(held: tuple[str, ...], name: str) -> bool:
    return name in held or f"*.{name.partition('.')[2]}" in held


def _names_of(certificate: x509.Certificate) -> tuple[str, ...]:
    try:
        extension = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName)
    except x509.ExtensionNotFound:
        return ()
    found = [name.lower() for name in extension.value.get_values_for_type(x509.DNSName)]
    found += [str(address) for address in extension.value.get_values_for_type(x509.IPAddress)]
    return tuple(found)


def _general_name(name: str) -> x509.GeneralName:
    try:
        return x509.IPAddress(ipaddress.ip_address(name))
    except ValueError:
        return x509.DNSName(name)


def _make(certificate: Path, key: Path, names: tuple[str, ...], now: datetime.datetime) -> None:
    """A self-signed certificate for ``names``. The key is safe on disk before the certificate is."""
    private = ec.generate_private_key(ec.SECP256R1())
    common = next((name for name in names if len(name) <= _COMMON_NAME_MAX), "plantin")
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, common)])
    public = private.public_key()
    usage = x509.KeyUsage(
        digital_signature=True,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=True,
        key_cert_sign=False,
        crl_sign=False,
        encipher_only=False,
        decipher_only=False,
    )
    built = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(public)
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - datetime.timedelta(days=1))
        .not_valid_after(now + datetime.timedelta(days=LIFETIME_DAYS))
        .add_extension(x509.SubjectAlternativeName([_general_name(name) for name in names]), critical=False)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(usage, critical=True)
        .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=False)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(public), critical=False)
        .sign(private, hashes.SHA256())
    )
    key_pem = private.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    certificate.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    _write_durably(key, key_pem, 0o600)
    _write_durably(certificate, built.public_bytes(serialization.Encoding.PEM), 0o644)


def _write_durably(path: Path, data: bytes, mode: int) -> None:
    """``data`` under ``path``, whole or not at all: temporary file, fsync, rename, fsync of the folder."""
    descriptor, temporary = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    try:
        with os.fdopen(descriptor, "wb") as file:
            os.fchmod(file.fileno(), mode)
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        Path(temporary).replace(path)
    except BaseException:
        Path(temporary).unlink(missing_ok=True)
        raise
    folder = os.open(path.parent, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)
