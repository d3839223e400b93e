"""PJL status on the back-channel: what is recognised, and that anything else is passed over."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from plantin.delivery.pjl_status import pjl_status


@pytest.mark.parametrize(
    ("data", "state", "reason", "text"),
    [
        (b'@PJL USTATUS DEVICE\r\nCODE=10001\r\nDISPLAY="Ready"\r\nONLINE=TRUE\r\n\f', 3, "none", "Ready"),
        (b'CODE=10001\r\nDISPLAY="Off"\r\nONLINE=FALSE\r\n', 5, "offline-report", "Off"),
        (b"CODE = 41213\r\n", 5, "media-needed-error", "code 41213"),
        (b"CODE=42001\r\n", 5, "media-jam-error", "code 42001"),
        (b"CODE=40099\r\n", 5, "other-error", "code 40099"),
        (b"CODE=10023\r\nCODE=40021\r\n", 5, "door-open-error", "code 40021"),
        (b"CODE=99999\r\n", 3, "none", "code 99999"),
    ],
)
def test_known(data: bytes, state: int, reason: str, text: str) -> None:
    status = pjl_status(data)
    assert status is not None
    assert (status.state, status.reasons, status.text) == (state, (reason,), text)


@pytest.mark.parametrize("data", [b"", b"hello", b"CODE=", b"CODE=x", b"CODE=1234567", b'DISPLAY="x"'])
def test_nothing_known(data: bytes) -> None:
    assert pjl_status(data) is None


@given(st.binary(max_size=300))
def test_never_raises(data: bytes) -> None:
    pjl_status(b"CODE=" + data)
