"""Requests made of known names and wrong values: each is answered, and no answer is a defect."""

from __future__ import annotations

import random
from collections.abc import Callable
from typing import Any

from plantin.core.model import QueueMode
from plantin.frontends.ipp.operations import OPERATIONS
from plantin.ipp import (
    Attribute,
    Collection,
    DateTime,
    LangStr,
    Operation,
    Range,
    Resolution,
    Status,
    Tag,
    registry,
)
from tests.frontends.harness import PDF, World

Serve = Callable[..., None]
SEED = 20261123
REQUESTS = 1_500

STRINGS = (
    "",
    "none",
    "all",
    "no-hold",
    "indefinite",
    "night",
    "25:61",
    "A4",
    "iso_a4_210x297mm",
    "ipp://localhost/printers/q",
    "ipp://localhost/jobs/1",
    "/",
    "socket://192.0.2.1",
    "application/pdf",
    "gzip",
    "abort-job",
    "\u202e\x00\x1b%-12345X",
    "é" * 130,
    "x" * 2000,
)
NUMBERS = (-(2**31), -1, 0, 1, 2, 3, 50, 101, 2**31 - 1)


def value(chance: random.Random, tag: Tag, depth: int = 0) -> Any:
    match tag:
        case Tag.INTEGER | Tag.ENUM:
            return chance.choice(NUMBERS)
        case Tag.BOOLEAN:
            return chance.random() < 0.5
        case Tag.OCTET_STRING:
            return chance.randbytes(chance.choice((0, 1, 63, 64, 300)))
        case Tag.DATE_TIME:
            return DateTime(
                chance.choice((bytes(11), b"\x07\xea\x0b\x17\x01\x02\x03\x00+\x00\x00", b"\xff" * 11))
            )
        case Tag.RESOLUTION:
            return Resolution(chance.choice(NUMBERS), chance.choice(NUMBERS), chance.choice((3, 4, 9)))
        case Tag.RANGE:
            return Range(chance.choice(NUMBERS), chance.choice(NUMBERS))
        case Tag.BEGIN_COLLECTION:
            if depth > 2:
                return Collection(())
            names = (
                "media-size",
                "x-dimension",
                "y-dimension",
                "media-type",
                "media-key",
                "pages",
                "strange",
            )
            members = {name: attribute(chance, name, depth + 1) for name in chance.sample(names, 3)}
            return Collection(tuple(members.values()))
        case Tag.TEXT_WITH_LANGUAGE | Tag.NAME_WITH_LANGUAGE:
            return LangStr(chance.choice(STRINGS), "en")
    return chance.choice(STRINGS)


TAGS = (
    Tag.INTEGER,
    Tag.BOOLEAN,
    Tag.ENUM,
    Tag.OCTET_STRING,
    Tag.DATE_TIME,
    Tag.RESOLUTION,
    Tag.RANGE,
    Tag.BEGIN_COLLECTION,
    Tag.TEXT_WITH_LANGUAGE,
    Tag.NAME_WITH_LANGUAGE,
    Tag.TEXT,
    Tag.NAME,
    Tag.KEYWORD,
    Tag.URI,
    Tag.CHARSET,
    Tag.MIME_MEDIA_TYPE,
)


def attribute(chance: random.Random, name: str, depth: int = 0) -> Attribute:
    if chance.random() < 0.05:
        return Attribute(name, chance.choice((Tag.NO_VALUE, Tag.UNKNOWN, Tag.DELETE_ATTRIBUTE)))
    tag = chance.choice(TAGS)
    syntax = next((table[name] for table in TABLES if name in table), None)
    if syntax is not None and chance.random() < 0.7:
        tag = chance.choice(sorted(chance.choice(syntax.alternatives).tags))
    if tag not in TAGS:
        return (
            Attribute(name, tag)
            if tag in (Tag.NO_VALUE, Tag.UNKNOWN)
            else Attribute(name, Tag.KEYWORD, ("x",))
        )
    count = chance.choice((1, 1, 1, 2, 4))
    return Attribute(name, tag, tuple(value(chance, Tag(tag), depth) for _ in range(count)))


TABLES = (
    registry.OPERATION,
    registry.JOB_TEMPLATE,
    registry.PRINTER,
    registry.SUBSCRIPTION,
    registry.DOCUMENT,
)
OWN = (
    "output-device",
    "purge-jobs",
    "ppd-name",
    "device-uri",
    "member-uris",
    "PageSize",
    "Duplex",
    "job-sheets",
)
LEADING = {"attributes-charset", "attributes-natural-language", "printer-uri", "requesting-user-name"}


def some(chance: random.Random, names: list[str], most: int) -> list[Attribute]:
    chosen = chance.sample(names, chance.randint(0, most))
    return [attribute(chance, name) for name in chosen if name not in LEADING]


def test_no_request_is_a_defect(serve: Serve) -> None:
    operation_names = [*registry.OPERATION, *OWN, "notify-subscription-id", "notify-subscription-ids"]
    job_names = [*registry.JOB_TEMPLATE, "job-name", "job-printer-uri", *OWN]
    printer_names = [*registry.PRINTER, *OWN]

    async def scenario(world: World) -> None:
        chance = random.Random(SEED)
        await world.add_queue()
        await world.add_queue("hold", mode=QueueMode.HOLD)
        for _ in range(3):
            await world.print_job()
        codes = sorted(set(OPERATIONS) - {Operation.CUPS_DELETE_PRINTER, Operation.CUPS_DELETE_CLASS})
        for number in range(REQUESTS):
            operation = chance.choice(codes)
            target = chance.choice(("/printers/q", "/printers/hold", "/", "/jobs/1", "/jobs/2", "/ipp/print"))
            groups = [
                (tag, some(chance, names, 4))
                for tag, names in (
                    (Tag.JOB_ATTRIBUTES, job_names),
                    (Tag.PRINTER_ATTRIBUTES, printer_names),
                    (Tag.SUBSCRIPTION_ATTRIBUTES, list(registry.SUBSCRIPTION)),
                    (Tag.DOCUMENT_ATTRIBUTES, list(registry.DOCUMENT)),
                )
                if chance.random() < 0.5
            ]
            heard = await world.ask(
                operation,
                *some(chance, operation_names, 5),
                to=target,
                groups=groups,
                data=chance.choice((b"", PDF)),
                user=chance.choice(("alice", "root", None)),
                peer=chance.choice(("127.0.0.1", "192.0.2.7")),
            )
            told = (SEED, number, Operation(operation).keyword, target, groups, heard.text)
            assert heard.status != Status.SERVER_ERROR_INTERNAL_ERROR, told
            assert heard.status < Status.CLIENT_ERROR_BAD_REQUEST or heard.text, told

    serve(scenario)
