"""UUIDs by RFC 9562 section 5.7."""

import uuid

from hypothesis import given
from hypothesis import strategies as st

from plantin.core.ids import uuid7

MOMENTS = st.integers(0, 2**48 - 1)
RANDOM = st.binary(min_size=10, max_size=10)


@given(MOMENTS, RANDOM)
def test_form_version_variant_and_time(at_ms: int, random: bytes) -> None:
    text = uuid7(at_ms, random)
    assert len(text) == 36 and text == text.lower()
    value = uuid.UUID(text)
    assert str(value) == text
    assert value.version == 7
    assert value.variant == uuid.RFC_4122
    assert value.int >> 80 == at_ms


@given(MOMENTS, RANDOM, RANDOM)
def test_74_random_bits_are_used(at_ms: int, one: bytes, other: bytes) -> None:
    """rand_a has 12 bits and rand_b 62: of 80 random bits only six are left out."""
    unused = 0b111111 << 62
    same = int.from_bytes(one, "big") & ~unused == int.from_bytes(other, "big") & ~unused
    assert (uuid7(at_ms, one) == uuid7(at_ms, other)) is same


@given(MOMENTS, MOMENTS, RANDOM, RANDOM)
def test_they_sort_by_time(earlier: int, later: int, one: bytes, other: bytes) -> None:
    earlier, later = sorted((earlier, later))
    if earlier < later:
        assert uuid7(earlier, one) < uuid7(later, other)


def test_the_example_of_the_standard() -> None:
    """RFC 9562 appendix A.6: 2022-02-22 14:22:22.00 -05:00, rand_a CC3, rand_b 18C4DC0C0C07398F."""
    random = (0xCC3 << 68 | 0x18C4DC0C0C07398F).to_bytes(10, "big")
    assert uuid7(0x017F22E279B0, random) == "017f22e2-79b0-7cc3-98c4-dc0c0c07398f"
