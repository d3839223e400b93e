"""Encryption at rest: each document under a data key of its own, the data key under a master key.

At rest a document is a header and then chunks (the STREAM construction of Hoang, Reyhanitabar, Rogaway and
Vizár, 2015; as in age and Tink)::

    "PLSE" | version 1 | algorithm 1 | key id 8 | nonce 12 | wrapped data key 32 + 16      74 octets
    chunk 0 .. n: up to 65,536 octets, encrypted, + 16 octets of tag

The nonce of a chunk is its number (11 octets, big-endian) and one octet that is 1 for the last chunk only, so
chunks that are cut off, repeated or exchanged do not open. The header is associated data of every chunk, and
its first 14 octets are of the wrapped key. Data keys are random and never used twice; hence nonces may count.

Whole documents exchanged for each other open well: the SHA-256 in the store's row tells them apart. Never
writes a key anywhere but, by ``add_key``, to the key file.
"""

import hashlib
import os
import re
import stat
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM, ChaCha20Poly1305

from plantin.core.errors import Permanent, SpoolDamaged, Temporary

MAGIC: Final = b"PLSE"
VERSION: Final = 1
KEY_OCTETS: Final = 32
TAG_OCTETS: Final = 16
CHUNK_OCTETS: Final = 64 * 1024
HEADER_OCTETS: Final = 4 + 1 + 1 + 8 + 12 + KEY_OCTETS + TAG_OCTETS
_BOUND_OCTETS: Final = 14
_ALGORITHMS: Final[dict[int, type[AESGCM] | type[ChaCha20Poly1305]]] = {1: AESGCM, 2: ChaCha20Poly1305}
AES_256_GCM: Final = 1
CHACHA20_POLY1305: Final = 2


@dataclass(frozen=True, slots=True)
class MasterKey:
    """A key that wraps data keys."""

    secret: bytes

    def __post_init__(self) -> None:
        if len(self.secret) != KEY_OCTETS:
            raise Permanent("spool-key-unusable", f"a master key has {KEY_OCTETS} octets")

    def __repr__(self) -> str:
        return f"MasterKey(id={self.id.hex()})"

    @property
    def id(self) -> bytes:
        """8 octets that tell it from others and nothing about it."""
        return hashlib.sha256(b"plantin spool master key\0" + self.secret).digest()[:8]


def read_keys(path: Path) -> list[MasterKey]:
    """Master keys from a file: 64 hexadecimal digits a line, the current key first, former ones after it.

    Empty lines and lines that begin with ``#`` do not count.

    Raises:
        Permanent: "spool-key-unusable": missing, readable by others, or not of this form.
    """
    try:
        mode = path.stat().st_mode
        text = path.read_text("ascii")
    except (OSError, UnicodeError) as error:
        raise Permanent("spool-key-unusable", f"the key file {path} cannot be read: {error}") from error
    if stat.S_IMODE(mode) & 0o077:
        raise Permanent("spool-key-unusable", f"the key file {path} is open to other users; make it 0600")
    keys = []
    for number, line in enumerate(text.splitlines(), 1):
        said = line.strip()
        if not said or said.startswith("#"):
            continue
        if re.fullmatch(r"[0-9A-Fa-f]{64}", said) is None:
            raise Permanent("spool-key-unusable", f"line {number} of {path} is not 64 hexadecimal digits")
        keys.append(MasterKey(bytes.fromhex(said)))
    if not keys:
        raise Permanent("spool-key-unusable", f"the key file {path} holds no key")
    return keys


def add_key(path: Path) -> MasterKey:
    """Makes a new current key in the key file (made, 0600, when missing) and keeps the former ones.

    Raises:
        Permanent: "spool-key-unusable", as ``read_keys``, or the file cannot be written.
    """
    former = read_keys(path) if path.exists() else []
    key = MasterKey(os.urandom(KEY_OCTETS))
    temp = path.with_name(f".{path.name}.new")
    try:
        temp.unlink(missing_ok=True)
        fd = os.open(temp, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
        with open(fd, "w", encoding="ascii") as file:
            file.write("".join(f"{each.secret.hex()}\n" for each in (key, *former)))
            file.flush()
            os.fsync(fd)
        temp.replace(path)
        directory = os.open(path.parent, os.O_RDONLY | os.O_DIRECTORY)
        try:
            os.fsync(directory)
        finally:
            os.close(directory)
    except OSError as error:
        raise Permanent("spool-key-unusable", f"the key file {path} cannot be written: {error}") from error
    return key


def _nonce(number: int, *, last: bool) -> bytes:
    return number.to_bytes(11, "big") + (b"\1" if last else b"\0")


def chunks_of(octets: int) -> int:
    """Chunks of a document of so many octets; an empty one has one."""
    return max(1, -(-octets // CHUNK_OCTETS))


def size_at_rest(octets: int) -> int:
    """Octets at rest of a document of so many octets, always more than those."""
    return HEADER_OCTETS + octets + TAG_OCTETS * chunks_of(octets)


class SpoolCipher:
    """Seals under the first of its keys and opens under any. May be used from any thread."""

    def __init__(self, keys: Sequence[MasterKey], algorithm: int = AES_256_GCM) -> None:
        if not keys:
            raise Permanent("spool-key-unusable", "encryption takes at least one master key")
        self._algorithm = algorithm
        self._current = keys[0].id
        self._keys = {key.id: key.secret for key in keys}
        self._wrap = _ALGORITHMS[algorithm](keys[0].secret)
        self._bound = MAGIC + bytes((VERSION, algorithm)) + self._current

    def sealer(self) -> "Sealer":
        """For one new document."""
        data_key = os.urandom(KEY_OCTETS)
        nonce = os.urandom(12)
        header = self._bound + nonce + self._wrap.encrypt(nonce, data_key, self._bound)
        return Sealer(header, _ALGORITHMS[self._algorithm](data_key))

    def seal(self, pieces: Sequence[bytes]) -> list[bytes]:
        """A whole document at rest."""
        sealer = self.sealer()
        return [*sealer.update(pieces), *sealer.finish()]

    def opener(self, header: bytes) -> "Opener":
        """For one document, from the first ``HEADER_OCTETS`` octets of it at rest.

        Raises:
            SpoolDamaged: it is no header of ours.
            Temporary: "spool-key-missing": the master key is not among ours; give it back and all is well.
        """
        if len(header) != HEADER_OCTETS or not header.startswith(MAGIC):
            raise SpoolDamaged("the document at rest does not begin with a header of encryption")
        version, algorithm, key_id = header[4], header[5], header[6:14]
        if version != VERSION or algorithm not in _ALGORITHMS:
            raise SpoolDamaged(
                f"the document at rest is encrypted in a way that is not known here (version {version}, "
                f"algorithm {algorithm})"
            )
        secret = self._keys.get(key_id)
        if secret is None:
            raise key_missing(key_id)
        aead = _ALGORITHMS[algorithm]
        try:
            data_key = aead(secret).decrypt(header[14:26], header[26:], header[:_BOUND_OCTETS])
        except InvalidTag:
            raise SpoolDamaged("the data key of the document at rest is damaged") from None
        return Opener(header, aead(data_key))


def key_missing(key_id: bytes) -> Temporary:
    return Temporary(
        "spool-key-missing",
        f"the document is encrypted under master key {key_id.hex()}, which is not among the given keys",
        retry_after_s=60.0,
    )


class Sealer:
    """Encrypts one document as it comes."""

    def __init__(self, header: bytes, aead: AESGCM | ChaCha20Poly1305) -> None:
        self._header = header
        self._aead = aead
        self._number = 0
        self._rest = b""
        self._begun = False

    def update(self, pieces: Sequence[bytes]) -> list[bytes]:
        """What can be written by now; a full chunk waits until it is known not to be the last."""
        data = b"".join((self._rest, *pieces))
        out = [] if self._begun else [self._header]
        self._begun = True
        at = 0
        view = memoryview(data)
        while len(data) - at > CHUNK_OCTETS:
            out.append(self._seal(view[at : at + CHUNK_OCTETS], last=False))
            at += CHUNK_OCTETS
        self._rest = data[at:]
        return out

    def finish(self) -> list[bytes]:
        """The rest of the document at rest."""
        out = [] if self._begun else [self._header]
        self._begun = True
        return [*out, self._seal(self._rest, last=True)]

    def _seal(self, chunk: bytes | memoryview, *, last: bool) -> bytes:
        sealed = self._aead.encrypt(_nonce(self._number, last=last), chunk, self._header)
        self._number += 1
        return sealed


class Opener:
    """Decrypts one document, chunk by chunk."""

    def __init__(self, header: bytes, aead: AESGCM | ChaCha20Poly1305) -> None:
        self._header = header
        self._aead = aead
        self._number = 0

    def open(self, sealed: bytes, *, last: bool) -> bytes:
        """The octets of the next chunks, all but the last of them full.

        Args:
            last: the last chunk of the document is among them.

        Raises:
            SpoolDamaged: they are not what was sealed here.
        """
        if last and not sealed:
            raise SpoolDamaged(f"the document at rest ends before its last chunk, {self._number}")
        out = []
        view = memoryview(sealed)
        step = CHUNK_OCTETS + TAG_OCTETS
        for at in range(0, len(sealed), step):
            final = last and at + step >= len(sealed)
            try:
                out.append(
                    self._aead.decrypt(_nonce(self._number, last=final), view[at : at + step], self._header)
                )
            except InvalidTag:
                raise SpoolDamaged(f"chunk {self._number} of the document at rest is damaged") from None
            self._number += 1
        return b"".join(out)
