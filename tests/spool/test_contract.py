"""The contract, held by each spool there is."""

from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from pathlib import Path

import pytest

from plantin.spool import DocumentSpool, MasterKey, MemorySpool, Spool, SpoolCipher, SpoolLimits
from plantin.spool.cipher import CHACHA20_POLY1305

from .contract import SpoolContract


class TestMemory(SpoolContract):
    def make(
        self, limits: SpoolLimits, now_ms: Callable[[], int]
    ) -> AbstractAsyncContextManager[DocumentSpool]:
        return MemorySpool(limits=limits, now_ms=now_ms)


class TestLocal(SpoolContract):
    @pytest.fixture(autouse=True)
    def _place(self, tmp_path: Path) -> None:
        self.root = tmp_path / "spool"

    def make(
        self, limits: SpoolLimits, now_ms: Callable[[], int]
    ) -> AbstractAsyncContextManager[DocumentSpool]:
        return Spool(self.root, limits=limits, now_ms=now_ms)


class TestEncrypted(TestLocal):
    def make(
        self, limits: SpoolLimits, now_ms: Callable[[], int]
    ) -> AbstractAsyncContextManager[DocumentSpool]:
        return Spool(self.root, limits=limits, now_ms=now_ms, cipher=SpoolCipher([MasterKey(bytes(32))]))


class TestEncryptedByChaCha(TestLocal):
    def make(
        self, limits: SpoolLimits, now_ms: Callable[[], int]
    ) -> AbstractAsyncContextManager[DocumentSpool]:
        cipher = SpoolCipher([MasterKey(bytes(32))], CHACHA20_POLY1305)
        return Spool(self.root, limits=limits, now_ms=now_ms, cipher=cipher)
