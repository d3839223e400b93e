"""Requests as real clients send them mean what they should, and come out of the encoder octet for octet."""

from pathlib import Path
from typing import Any

import pytest

from plantin.ipp import (
    Attribute,
    Collection,
    DateTime,
    Message,
    check_request,
    decode,
    encode,
    registry,
)

from .samples import SAMPLES, Sample

CORPUS = Path(__file__).parents[1] / "fuzz" / "corpus" / "ipp"


def plain(value: Any) -> Any:
    if isinstance(value, Collection):
        return {member.name: tuple(map(plain, member.values)) for member in value.attributes}
    return str(value) if isinstance(value, DateTime) else value


def plain_attribute(attribute: Attribute) -> tuple[str, tuple[Any, ...]]:
    return attribute.name, tuple(map(plain, attribute.values))


def plain_groups(message: Message) -> Any:
    return [(group.tag, [plain_attribute(attribute) for attribute in group]) for group in message.groups]


@pytest.mark.parametrize("sample", SAMPLES.values(), ids=SAMPLES)
def test_sample_is_understood(sample: Sample) -> None:
    message, document = decode(sample.octets)
    assert (message.version, message.code, message.request_id) == sample[1:4]
    assert plain_groups(message) == sample.groups
    assert document == sample.document


@pytest.mark.parametrize("name", SAMPLES)
def test_sample_is_encoded_as_it_came(name: str) -> None:
    sample = SAMPLES[name]
    message, document = decode(sample.octets)
    if name != "windows-name-not-utf8":
        assert encode(message) + document == sample.octets


@pytest.mark.parametrize("name", SAMPLES)
def test_sample_is_a_proper_request(name: str) -> None:
    message, _ = decode(SAMPLES[name].octets)
    assert check_request(message) is None


@pytest.mark.parametrize("name", SAMPLES)
def test_syntax_of_what_real_clients_send_is_right(name: str) -> None:
    message, _ = decode(SAMPLES[name].octets)
    tables = {
        1: registry.OPERATION,
        2: registry.JOB_TEMPLATE | registry.JOB_DESCRIPTION,
        6: registry.SUBSCRIPTION,
    }
    for group in message.groups:
        assert registry.check_all(group, tables.get(group.tag, {})) == []


@pytest.mark.parametrize("name", SAMPLES)
def test_sample_is_a_seed_of_the_fuzz_target(name: str) -> None:
    assert (CORPUS / f"{name}.bin").read_bytes() == SAMPLES[name].octets
