"""The form that every request and every response must have."""

import pytest

from plantin.ipp import (
    Attribute,
    Group,
    Message,
    Status,
    Tag,
    attributes,
    check_request,
    check_response,
)

BAD = Status.CLIENT_ERROR_BAD_REQUEST
CHARSET = attributes.charset("attributes-charset", "utf-8")
LANGUAGE = attributes.language("attributes-natural-language", "en")
URI = attributes.uri("printer-uri", "ipp://h/")


def request(*groups: Group, version: tuple[int, int] = (2, 0), request_id: int = 1) -> Message:
    operation = Group(Tag.OPERATION_ATTRIBUTES, [CHARSET, LANGUAGE, URI])
    return Message(version, 2, request_id, list(groups) or [operation])


def operation(*given: Attribute) -> Message:
    return request(Group(Tag.OPERATION_ATTRIBUTES, given))


COPIES = Group(Tag.JOB_ATTRIBUTES, [attributes.integer("copies", 1)])

GOOD = {
    "plain": request(),
    "1.0": request(version=(1, 0)),
    "2.9": request(version=(2, 9)),
    "us-ascii": operation(attributes.charset("attributes-charset", "US-ASCII"), LANGUAGE),
    "repeated groups": request(*request().groups, COPIES, COPIES, Group(6), Group(6)),
}

FAULTS: dict[str, tuple[Message, Status, str]] = {
    "0.0": (request(version=(0, 0)), Status.SERVER_ERROR_VERSION_NOT_SUPPORTED, "0.0"),
    "3.0": (request(version=(3, 0)), Status.SERVER_ERROR_VERSION_NOT_SUPPORTED, "3.0"),
    "request-id 0": (request(request_id=0), BAD, "request-id 0"),
    "request-id -1": (request(request_id=-1), BAD, "request-id -1"),
    "no groups": (Message((2, 0), 2, 1), BAD, "does not start with operation"),
    "other group first": (request(COPIES), BAD, "does not start with operation"),
    "groups out of order": (request(*request().groups, Group(6), COPIES), BAD, "not in order"),
    "operation twice": (request(*request().groups, *request().groups), BAD, "not in order"),
    "empty": (operation(), BAD, "attribute 1 is not attributes-charset"),
    "no language": (operation(CHARSET), BAD, "attribute 2 is not attributes-natural-language"),
    "wrong order": (operation(LANGUAGE, CHARSET), BAD, "attribute 1 is not attributes-charset"),
    "language later": (operation(CHARSET, URI, LANGUAGE), BAD, "attribute 2 is not"),
    "charset is a keyword": (
        operation(attributes.keyword("attributes-charset", "utf-8"), LANGUAGE),
        BAD,
        "attributes-charset is not one charset",
    ),
    "two languages": (
        operation(CHARSET, attributes.language("attributes-natural-language", "en", "de")),
        BAD,
        "attributes-natural-language is not one naturalLanguage",
    ),
    "other charset": (
        operation(attributes.charset("attributes-charset", "iso-8859-1"), LANGUAGE),
        Status.CLIENT_ERROR_CHARSET_NOT_SUPPORTED,
        "charset iso-8859-1 is not supported",
    ),
    "twice the same": (operation(CHARSET, LANGUAGE, URI, URI), BAD, "printer-uri stands twice"),
    "twice the same in a job group": (
        request(*request().groups, Group(2, [*COPIES, *COPIES])),
        BAD,
        "copies stands twice in job-attributes-tag",
    ),
}


@pytest.mark.parametrize("message", GOOD.values(), ids=GOOD)
def test_good_requests(message: Message) -> None:
    assert check_request(message) is None


@pytest.mark.parametrize("case", FAULTS.values(), ids=FAULTS)
def test_faults(case: tuple[Message, Status, str]) -> None:
    message, status, reason = case
    fault = check_request(message)
    assert fault is not None
    assert fault.status == status
    assert reason in fault.reason


def answer(version: tuple[int, int] = (2, 0), code: int = 0, request_id: int = 1) -> Message:
    return Message(version, code, request_id, [Group(Tag.OPERATION_ATTRIBUTES, [CHARSET, LANGUAGE])])


def test_good_responses() -> None:
    assert check_response(request(), answer()) is None
    refused = answer((1, 1), Status.SERVER_ERROR_VERSION_NOT_SUPPORTED)
    assert check_response(request(), refused) is None


@pytest.mark.parametrize(
    ("response", "reason"),
    [
        (answer(request_id=2), "response to request 2, not 1"),
        (answer((1, 1)), "response of IPP version 1.1 to a request of 2.0"),
        (Message((2, 0), 0, 1), "does not start with operation"),
        (Message((2, 0), 0, 1, [Group(4)]), "does not start with operation"),
    ],
)
def test_bad_responses(response: Message, reason: str) -> None:
    fault = check_response(request(), response)
    assert fault is not None
    assert reason in fault.reason
