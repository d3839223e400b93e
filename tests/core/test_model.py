"""Spool references, errors, and the rooms' own records."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from plantin.core.errors import NotFound, Permanent, PlantinError, Refusal, SpoolDamaged, Temporary
from plantin.core.model import SpoolRef

SIZES = st.integers(0, 2**40)


@given(st.text(min_size=1), SIZES, SIZES)
def test_a_spool_reference_survives_its_text_form(name: str, offset: int, size: int) -> None:
    ref = SpoolRef(name, offset, size)
    assert SpoolRef.parse(str(ref)) == ref


@pytest.mark.parametrize("text", ["", "a", "a:1", "a:b:c"])
def test_what_is_no_reference_is_refused(text: str) -> None:
    with pytest.raises(ValueError):
        SpoolRef.parse(text)


@pytest.mark.parametrize(
    ("error", "reason", "status"),
    [
        (Refusal("why", "because"), "why", "client-error-not-possible"),
        (Refusal("why", "because", status="server-error-busy"), "why", "server-error-busy"),
        (NotFound("because"), "not-found", "client-error-not-found"),
        (Temporary("why", "because"), "why", None),
        (Permanent("why", "because"), "why", None),
        (SpoolDamaged("because"), "document-access-error", None),
    ],
)
def test_every_error_has_a_keyword_and_a_sentence(
    error: PlantinError, reason: str, status: str | None
) -> None:
    assert (error.reason, error.text, str(error)) == (reason, "because", "because")
    assert getattr(error, "status", None) == status
