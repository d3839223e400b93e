"""The attributes of a job that the store acts on."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from plantin.ipp import Attribute, encode_attributes
from plantin.ipp.attributes import integer, keyword, no_value, text
from plantin.store.job_attributes import cancel_after_s, canceled_document, document_canceled_at


@pytest.mark.parametrize(
    ("attributes", "seconds"),
    [
        ((), 0),
        ((integer("job-cancel-after", 1),), 1),
        (
            (keyword("media", "a"), integer("job-cancel-after", 2_147_483_647), keyword("sides", "b")),
            2**31 - 1,
        ),
        ((integer("job-cancel-after", 0),), 0),
        ((no_value("job-cancel-after"),), 0),
        ((keyword("job-cancel-after", "60"),), 0),
        ((text("job-message-to-operator", "!\x00\x10job-cancel-after\x00\x04\x00\x00\x00\x01"),), 0),
        ((integer("job-cancel-after-default", 5),), 0),
    ],
)
def test_cancel_after(attributes: tuple[Attribute, ...], seconds: int) -> None:
    assert cancel_after_s(encode_attributes(attributes)) == seconds


def test_a_canceled_document() -> None:
    assert document_canceled_at(canceled_document(1_700_000_000_999)) == 1_700_000_000_000
    assert document_canceled_at(b"") == 0
    assert document_canceled_at(encode_attributes([integer("time-at-completed", 5)])) == 0
    assert document_canceled_at(b"damaged") == 0


@given(st.binary(max_size=60), st.binary(max_size=60))
def test_octets_that_make_no_sense_ask_for_nothing_or_for_a_time(before: bytes, after: bytes) -> None:
    assert cancel_after_s(before + b"job-cancel-after" + after) >= 0
