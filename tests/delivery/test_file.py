"""The virtual device: whole files under safe names, nothing replaced, nothing outside of its folder."""

from __future__ import annotations

import asyncio
import os
from pathlib import Path

import pytest

from plantin.core.model import Delivered, Outcome
from plantin.delivery import Delivery
from plantin.delivery.naming import NAME_OCTETS_MAX, extension, file_name
from plantin.delivery.places import AppendPlace
from tests.delivery.support import FakeProgress, FakeStop, MemorySource, device, surroundings, ticket


def printed(uri: str, root: Path, *documents: bytes, name: str = "Annual report.pdf") -> Delivered:
    async def main() -> Delivered:
        delivery = Delivery(surroundings(root))
        try:
            return await delivery.deliver(
                ticket(device(uri), *documents, name=name),
                MemorySource(*documents),
                FakeProgress(),
                FakeStop(),
            )
        finally:
            await delivery.close()

    return asyncio.run(main())


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def test_a_file_for_each_document(tmp_path: Path) -> None:
    assert printed(f"file://{tmp_path}/", tmp_path, b"one", b"two").outcome is Outcome.COMPLETED
    assert names(tmp_path) == ["000007-Annual_report-1.pdf", "000007-Annual_report-2.pdf"]
    assert (tmp_path / "000007-Annual_report-2.pdf").read_bytes() == b"two"


def test_a_reprint_replaces_nothing(tmp_path: Path) -> None:
    for data in (b"one", b"two", b"three"):
        assert printed(f"file://{tmp_path}/", tmp_path, data).outcome is Outcome.COMPLETED
    assert names(tmp_path) == [
        "000007-Annual_report.pdf",
        "000007-Annual_report~2.pdf",
        "000007-Annual_report~3.pdf",
    ]
    assert (tmp_path / "000007-Annual_report.pdf").read_bytes() == b"one"


def test_a_folder_is_made(tmp_path: Path) -> None:
    assert printed(f"file://{tmp_path}/new/", tmp_path, b"x").outcome is Outcome.COMPLETED
    assert names(tmp_path / "new") == ["000007-Annual_report.pdf"]


@pytest.mark.parametrize(
    "name", ["../../evil", "/etc/passwd", "..", ".", "a\0b", "a\nb", "\ud800", "x" * 5000]
)
def test_no_job_name_leaves_the_folder(tmp_path: Path, name: str) -> None:
    inner = tmp_path / "in"
    inner.mkdir()
    assert printed(f"file://{inner}/", inner, b"x", name=name).outcome is Outcome.COMPLETED
    assert names(tmp_path) == ["in"]
    (only,) = names(inner)
    assert only.startswith("000007") and not only.startswith(".") and len(only.encode()) <= NAME_OCTETS_MAX


def test_a_link_out_of_the_roots_is_refused(tmp_path: Path) -> None:
    (tmp_path / "secret").mkdir()
    (tmp_path / "root").mkdir()
    (tmp_path / "root" / "link").symlink_to(tmp_path / "secret")
    for uri in (f"file://{tmp_path}/root/link/", f"file://{tmp_path}/root/link/file"):
        delivered = printed(uri, tmp_path / "root", b"x")
        assert (delivered.outcome, delivered.reason) == (Outcome.TEMPORARY, "bad-device-uri")
    assert names(tmp_path / "secret") == []


def test_one_file_takes_every_job(tmp_path: Path) -> None:
    for data in (b"one", b"two"):
        assert printed(f"file://{tmp_path}/all", tmp_path, data).outcome is Outcome.COMPLETED
    assert (tmp_path / "all").read_bytes() == b"onetwo"


def test_dev_null_needs_no_root() -> None:
    delivered = printed("file:///dev/null", Path("/nonexistent"), b"x" * 1000)
    assert (delivered.outcome, delivered.octets_sent) == (Outcome.COMPLETED, 1000)


def test_a_full_device_is_temporary_before_paper(tmp_path: Path) -> None:
    delivered = printed("file:///dev/full", Path("/dev/full"), b"x")
    assert (delivered.outcome, delivered.reason) == (Outcome.TEMPORARY, "device-full")


def test_a_pipe_is_no_device(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    delivered = printed(f"file://{tmp_path}/pipe", tmp_path, b"x")
    assert (delivered.outcome, delivered.reason) == (Outcome.TEMPORARY, "file-device-error")


def test_a_write_that_fails_after_some_octets_is_unknown(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = AppendPlace.write

    def fails(self: AppendPlace, data: bytes) -> None:
        if data == b"two":
            raise OSError(28, "No space left on device")
        real(self, data)

    monkeypatch.setattr(AppendPlace, "write", fails)
    delivered = printed(f"file://{tmp_path}/all", tmp_path, b"one", b"two")
    assert (delivered.outcome, delivered.reason, delivered.octets_sent) == (
        Outcome.UNKNOWN,
        "device-full",
        3,
    )


def test_nothing_is_left_of_a_job_that_was_stopped_in_the_middle(tmp_path: Path) -> None:
    async def main() -> None:
        stop = FakeStop()

        class Stopping(MemorySource):
            async def small(self, record: object) -> bytes | None:
                stop.wish()
                return await super().small(record)  # type: ignore[arg-type]

        delivery = Delivery(surroundings(tmp_path))
        data = b"x" * 2_000_000
        delivered = await delivery.deliver(
            ticket(device(f"file://{tmp_path}/"), data), Stopping(data), FakeProgress(), stop
        )
        await delivery.close()
        assert delivered.outcome is Outcome.CANCELED

    asyncio.run(main())
    assert names(tmp_path) == []


@pytest.mark.parametrize(
    ("title", "document_format", "expected"),
    [
        ("Report.pdf", "application/pdf", "000007-Report.pdf"),
        ("Report.PDF", "application/pdf", "000007-Report.pdf"),
        ("Grüße & Küsse", "text/plain; charset=utf-8", "000007-Grüße_Küsse.txt"),
        ("...", "image/urf", "000007.urf"),
        ("", "application/x-nobody-knows", "000007.prn"),
        ("日本語", "application/vnd.hp-PCL", "000007-日本語.pcl"),
    ],
)
def test_names(title: str, document_format: str, expected: str) -> None:
    assert file_name(7, 1, 1, title, document_format) == expected


def test_a_long_name_is_cut_at_a_character() -> None:
    name = file_name(7, 1, 1, "ü" * 500, "application/pdf")
    assert len(name.encode()) in (NAME_OCTETS_MAX - 1, NAME_OCTETS_MAX)
    assert name.endswith("ü.pdf")
    assert extension("IMAGE/JPEG") == "jpg"
