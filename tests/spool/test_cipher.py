"""Encryption at rest: nothing clear on disk, nothing altered gets through, old keys still open."""

import asyncio
import os
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from plantin.core.errors import Permanent, SpoolDamaged, Temporary
from plantin.spool import MasterKey, Spool, SpoolCipher, SpoolLimits, add_key, read_keys
from plantin.spool.cipher import (
    AES_256_GCM,
    CHACHA20_POLY1305,
    CHUNK_OCTETS,
    HEADER_OCTETS,
    TAG_OCTETS,
    size_at_rest,
)

from .contract import octets, read, record

ONE, TWO = MasterKey(bytes(32)), MasterKey(b"\1" * 32)
STEP = CHUNK_OCTETS + TAG_OCTETS


def unseal(cipher: SpoolCipher, sealed: bytes) -> bytes:
    return cipher.opener(sealed[:HEADER_OCTETS]).open(sealed[HEADER_OCTETS:], last=True)


@pytest.mark.parametrize("algorithm", [AES_256_GCM, CHACHA20_POLY1305])
@pytest.mark.parametrize("size", [0, 1, CHUNK_OCTETS - 1, CHUNK_OCTETS, CHUNK_OCTETS + 1, 3 * CHUNK_OCTETS])
def test_round_trip_and_size(algorithm: int, size: int) -> None:
    cipher = SpoolCipher([ONE], algorithm)
    data = octets(size)
    sealed = b"".join(cipher.seal([data]))
    assert len(sealed) == size_at_rest(size) > size
    assert unseal(cipher, sealed) == data


@settings(max_examples=50, deadline=None)
@given(cuts=st.lists(st.integers(0, 3 * CHUNK_OCTETS), max_size=6))
def test_pieces_do_not_matter(cuts: list[int]) -> None:
    data = octets(3 * CHUNK_OCTETS)
    edges = [0, *sorted(cuts), len(data)]
    sealer = SpoolCipher([ONE]).sealer()
    out: list[bytes] = []
    for start, end in pairwise(edges):
        out += sealer.update([data[start:end]])
    out += sealer.finish()
    assert unseal(SpoolCipher([ONE]), b"".join(out)) == data


def test_the_same_document_never_looks_the_same() -> None:
    cipher = SpoolCipher([ONE])
    assert cipher.seal([b"twice"]) != cipher.seal([b"twice"])


@settings(max_examples=200, deadline=None)
@given(at=st.integers(0, size_at_rest(300) - 1), bit=st.integers(0, 7))
def test_a_flipped_bit_is_found(at: int, bit: int) -> None:
    sealed = bytearray(b"".join(SpoolCipher([ONE]).seal([octets(300)])))
    sealed[at] ^= 1 << bit
    with pytest.raises((SpoolDamaged, Temporary)):
        unseal(SpoolCipher([ONE]), bytes(sealed))


def test_chunks_cannot_be_cut_off_exchanged_repeated_or_added() -> None:
    cipher = SpoolCipher([ONE])
    sealed = b"".join(cipher.seal([octets(3 * CHUNK_OCTETS + 5)]))
    header, body = sealed[:HEADER_OCTETS], sealed[HEADER_OCTETS:]
    chunks = [body[at : at + STEP] for at in range(0, len(body), STEP)]
    assert len(chunks) == 4
    other = b"".join(cipher.seal([octets(3 * CHUNK_OCTETS + 5)]))[HEADER_OCTETS:]
    for wrong in (
        chunks[:3],
        chunks[:1],
        [],
        [chunks[1], chunks[0], *chunks[2:]],
        [*chunks[:3], chunks[2], chunks[3]],
        [*chunks, chunks[3]],
        [other[:STEP], *chunks[1:]],
        chunks[1:],
        [chunks[3]],
    ):
        with pytest.raises(SpoolDamaged):
            unseal(cipher, header + b"".join(wrong))


def test_unknown_headers() -> None:
    cipher = SpoolCipher([ONE])
    sealed = b"".join(cipher.seal([b"x"]))
    for header in (
        b"",
        sealed[: HEADER_OCTETS - 1],
        b"PDF!" + sealed[4:HEADER_OCTETS],
        sealed[:4] + b"\2" + sealed[5:HEADER_OCTETS],
        sealed[:5] + b"\7" + sealed[6:HEADER_OCTETS],
    ):
        with pytest.raises(SpoolDamaged):
            cipher.opener(header)


def test_former_keys_open_and_a_missing_key_is_said(tmp_path: Path) -> None:
    limits = SpoolLimits(bundled_octets=4096, hop_octets=10_000, free_floor=0)

    async def main() -> None:
        root = tmp_path / "spool"
        stored = []
        for cipher in (None, SpoolCipher([ONE]), SpoolCipher([TWO, ONE]), SpoolCipher([TWO])):
            async with Spool(root, cipher=cipher, limits=limits) as spool:
                stored += [record(await spool.put(octets(size))) for size in (0, 500, 100_000)]
        async with Spool(root, cipher=SpoolCipher([TWO, ONE]), limits=limits) as spool:
            for document in stored:
                assert await read(spool, document) == octets(document.octets)
        async with Spool(root, cipher=SpoolCipher([TWO]), limits=limits) as spool:
            for document in stored[:3] + stored[6:]:
                assert await read(spool, document) == octets(document.octets)
            for document in stored[3:6]:
                with pytest.raises(Temporary) as refused:
                    await read(spool, document)
                assert refused.value.reason == "spool-key-missing"
                assert ONE.id.hex() in refused.value.text
        async with Spool(root, limits=limits) as spool:
            with pytest.raises(Temporary) as refused:
                await read(spool, stored[5])
            assert refused.value.reason == "spool-key-missing"

    asyncio.run(main())


def test_the_disk_holds_no_clear_text_and_no_key(tmp_path: Path) -> None:
    master = MasterKey(os.urandom(32))
    secret = b"the minutes of the board, for nobody else"

    async def main() -> None:
        limits = SpoolLimits(bundled_octets=4096, hop_octets=10_000, free_floor=0)
        async with Spool(tmp_path / "spool", cipher=SpoolCipher([master]), limits=limits) as spool:
            small, _ = await asyncio.gather(spool.put(secret), spool.put(secret * 20))
            large = await spool.put(secret * 5_000)
            unfinished = spool.intake()
            for _ in range(3):
                await unfinished.write(secret * 1_000)
            await spool.quarantine(small.ref)
            await spool.quarantine(large.ref)
            found = [path for path in (tmp_path / "spool").rglob("*") if path.is_file()]
            assert {path.relative_to(tmp_path / "spool").parts[0] for path in found} == {
                "format",
                "documents",
                "incoming",
                "quarantine",
            }
            for path in found:
                content = path.read_bytes()
                assert not any(secret[at : at + 8] in content for at in range(len(secret) - 8))
                assert master.secret not in content
                assert secret[:8].decode() not in str(path)

    asyncio.run(main())


def test_key_file(tmp_path: Path) -> None:
    path = tmp_path / "keys"
    first = add_key(path)
    assert path.stat().st_mode & 0o777 == 0o600
    second = add_key(path)
    assert read_keys(path) == [second, first]
    assert first.secret != second.secret
    assert list(tmp_path.iterdir()) == [path]
    path.write_text(f"# current\n\n{second.secret.hex().upper()}\n")
    assert read_keys(path) == [second]
    assert second.secret.hex() not in repr(second)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "no key"),
        ("# nothing\n", "no key"),
        ("00" * 31, "line 1"),
        ("00" * 32 + "\n" + "00" * 33, "line 2"),
        ("zz" * 32, "line 1"),
        ("é", "cannot be read"),
    ],
)
def test_unusable_key_files(tmp_path: Path, text: str, said: str) -> None:
    path = tmp_path / "keys"
    path.write_text(text)
    path.chmod(0o600)
    with pytest.raises(Permanent) as refused:
        read_keys(path)
    assert refused.value.reason == "spool-key-unusable"
    assert said in refused.value.text


def test_key_files_that_others_can_read_or_that_are_missing(tmp_path: Path) -> None:
    path = tmp_path / "keys"
    with pytest.raises(Permanent):
        read_keys(path)
    add_key(path)
    path.chmod(0o640)
    with pytest.raises(Permanent) as refused:
        read_keys(path)
    assert "0600" in refused.value.text
    with pytest.raises(Permanent):
        add_key(tmp_path / "no" / "keys")
    with pytest.raises(Permanent):
        MasterKey(b"short")
    with pytest.raises(Permanent):
        SpoolCipher([])
