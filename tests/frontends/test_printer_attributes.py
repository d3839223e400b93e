"""Get-Printer-Attributes: what the profiles of the standards want, URIs, caching, and what pools offer."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest

from plantin.core.model import QueueMode
from plantin.frontends.ipp import IppSettings
from plantin.frontends.ipp.printer.generic import generic_offer
from plantin.frontends.ipp.printer.names import Base, authority
from plantin.frontends.ipp.printer.offer import device_offer, pool_offer
from plantin.frontends.ipp.printer.profile import Profile
from plantin.frontends.ipp.printer.server_wide import server_wide
from plantin.ipp import Attribute, Group, Operation, Range, Resolution, Status, Tag, encode_attribute
from plantin.ipp.attributes import (
    boolean,
    enum,
    integer,
    keyword,
    mime,
    range_,
    require_uniform,
    resolution,
    text,
    uri,
)
from plantin.ipp.blobs import pack, unpack
from plantin.ipp.registry import PRINTER, check
from plantin.store.commands import config
from tests.frontends.harness import World

Serve = Callable[..., None]


def _words(text: str) -> tuple[str, ...]:
    return tuple(text.split())


CORE = _words(
    """
charset-configured charset-supported compression-supported document-format-default document-format-supported
generated-natural-language-supported ipp-versions-supported natural-language-configured operations-supported
pdl-override-supported printer-is-accepting-jobs printer-name printer-state printer-state-reasons
printer-up-time printer-uri-supported queued-job-count uri-authentication-supported uri-security-supported
multiple-document-handling-default multiple-document-handling-supported
"""
)
IPP_2 = _words(
    """
color-supported copies-default copies-supported finishings-default finishings-supported media-default
media-supported media-ready orientation-requested-default orientation-requested-supported output-bin-default
output-bin-supported pages-per-minute print-quality-default print-quality-supported printer-info
printer-location printer-make-and-model printer-more-info printer-resolution-default
printer-resolution-supported sides-default sides-supported media-col-default media-col-ready
media-col-supported media-size-supported job-hold-until-default job-hold-until-supported
job-priority-default job-priority-supported job-settable-attributes-supported job-sheets-default
job-sheets-supported printer-settable-attributes-supported notify-events-default notify-events-supported
notify-lease-duration-default notify-lease-duration-supported notify-max-events-supported
notify-pull-method-supported ippget-event-life multiple-operation-time-out printer-state-change-time
printer-alert printer-alert-description number-up-default number-up-supported overrides-supported
page-ranges-supported job-creation-attributes-supported job-ids-supported multiple-document-jobs-supported
printer-device-id printer-message-from-operator which-jobs-supported
"""
)
EVERYWHERE = _words(
    """
identify-actions-default identify-actions-supported ipp-features-supported job-password-supported
job-password-encryption-supported multiple-operation-time-out-action preferred-attributes-supported
print-color-mode-default print-color-mode-supported print-content-optimize-default
print-content-optimize-supported print-rendering-intent-default print-rendering-intent-supported
printer-config-change-date-time printer-config-change-time printer-current-time printer-geo-location
printer-get-attributes-supported printer-icons printer-organization printer-organizational-unit
printer-state-change-date-time printer-state-message printer-supply printer-supply-description
printer-supply-info-uri printer-uuid pwg-raster-document-resolution-supported pwg-raster-document-sheet-back
pwg-raster-document-type-supported document-password-supported media-bottom-margin-supported
media-left-margin-supported media-right-margin-supported media-top-margin-supported media-source-supported
media-type-supported urf-supported printer-kind printer-dns-sd-name document-format-preferred
printer-strings-uri
"""
)

BOOLEAN_SINCE_2023 = {"job-hold-until-time-supported", "job-retain-until-time-supported"}
"""Ranges in PWG 5100.7-2010, booleans in its edition of 2023, which the newer suites ask for."""


async def described(world: World, *names: str, to: str = "/printers/q") -> Group:
    asked = [keyword("requested-attributes", *names)] if names else []
    return (await world.ask(Operation.GET_PRINTER_ATTRIBUTES, *asked, to=to)).ok().printer


@pytest.mark.parametrize("device", ["socket://192.0.2.1", "file:///var/empty/q", "ipp://192.0.2.1/ipp/print"])
def test_everything_the_profiles_want(serve: Serve, device: str) -> None:
    async def scenario(world: World) -> None:
        await world.add_queue(uri=device)
        told = await described(world)
        missing = [name for name in (*CORE, *IPP_2, *EVERYWHERE) if name not in told]
        assert not missing
        database = await described(world, "media-col-database")
        assert [attribute.name for attribute in database] == ["media-col-database"]
        assert "media-col-database" not in told
        assert "image/jpeg" in told.strings("document-format-supported")
        assert "image/pwg-raster" in told.strings("document-format-supported")
        assert 3 in told.integers("finishings-supported")
        assert not all(source.isdigit() for source in told.strings("media-source-supported"))

    serve(scenario)


def about_formats(told: Group) -> set[str]:
    """The formats about which there are attributes of their own."""
    prefixes = ("pdf-", "jpeg-", "pwg-raster-", "urf-", "pclm-")
    return {prefix for prefix in prefixes for attribute in told if attribute.name.startswith(prefix)}


@pytest.mark.parametrize(
    "operation", [Operation.GET_PRINTER_ATTRIBUTES, Operation.GET_USER_PRINTER_ATTRIBUTES]
)
def test_the_attributes_for_one_format(serve: Serve, operation: Operation) -> None:
    """RFC 8011 section 4.2.5.1."""

    async def scenario(world: World) -> None:
        await world.add_queue(uri="file:///var/empty/q")

        async def of(document_format: str, *names: str) -> Group:
            asked = keyword("requested-attributes", *(names or ("all",)))
            return (await world.ask(operation, mime("document-format", document_format), asked)).ok().printer

        everything = about_formats(await described(world))
        assert everything == {"pdf-", "jpeg-", "pwg-raster-", "urf-", "pclm-"}
        for any_format in ("application/octet-stream", "application/vnd.cups-raw"):
            assert about_formats(await of(any_format)) == everything
        assert about_formats(await of("application/pdf")) == {"pdf-"}
        assert about_formats(await of("Image/JPEG")) == {"jpeg-"}
        assert about_formats(await of("image/pwg-raster; version=1")) == {"pwg-raster-"}
        assert about_formats(await of("application/PCLm")) == {"pclm-"}
        assert about_formats(await of("text/plain")) == set()
        pdf = await of("application/pdf")
        assert not [name for name in (*CORE, *IPP_2) if name not in pdf]
        assert "image/urf" in pdf.strings("document-format-supported")
        named = await of("application/pdf", "urf-supported", "pdf-versions-supported")
        assert [attribute.name for attribute in named] == ["pdf-versions-supported"]
        assert about_formats(await described(world)) == everything  # nobody else's answer is touched
        refused = await world.ask(operation, mime("document-format", "application/x-papyrus"))
        refused.fails(Status.CLIENT_ERROR_DOCUMENT_FORMAT_NOT_SUPPORTED, "application/x-papyrus")
        assert refused.unsupported.string("document-format") == "application/x-papyrus"

    serve(scenario)


def test_every_attribute_is_as_registered(serve: Serve) -> None:
    """Syntax, lengths and uniform tags: libcups drops an answer with a set that mixes tags."""

    async def scenario(world: World) -> None:
        await world.add_queue(uri="file:///var/empty/q")
        await world.add_queue("pool", "socket://192.0.2.9", is_class=True)
        for to in ("/printers/q", "/ipp/print/q", "/classes/pool"):
            told = await described(world, "all", "media-col-database", to=to)
            names = [attribute.name for attribute in told]
            assert len(names) == len(set(names))
            for attribute in told:
                require_uniform(attribute)
                syntax = PRINTER.get(attribute.name)
                if syntax is not None and attribute.name not in BOOLEAN_SINCE_2023:
                    assert check(attribute, syntax) is None, attribute

    serve(scenario)


def test_defaults_are_what_a_job_may_ask(serve: Serve) -> None:
    """libcups sends every default back: one that is refused would refuse every job."""

    async def scenario(world: World) -> None:
        for number, device in enumerate(("socket://192.0.2.1", "file:///var/empty/q")):
            await world.add_queue(f"q{number}", device)
            told = await described(world, "printer-defaults", to=f"/printers/q{number}")
            echo = [
                attribute.renamed(attribute.name.removesuffix("-default"))
                for attribute in told
                if not attribute.out_of_band
            ]
            (await world.print_job(to=f"/printers/q{number}", job=echo)).ok()

    serve(scenario)


def test_groups(serve: Serve) -> None:
    async def scenario(world: World) -> None:
        await world.add_queue()
        template = await described(world, "job-template")
        assert "copies-supported" in template
        assert "printer-name" not in template
        description = await described(world, "printer-description")
        assert "printer-name" in description
        assert "copies-supported" not in description
        assert len(await described(world, "none")) == 0
        two = await described(world, "printer-name", "printer-state", "no-such-thing")
        assert {attribute.name for attribute in two} == {"printer-name", "printer-state"}

    serve(scenario)


def test_uris_follow_the_client(serve: Serve) -> None:
    async def scenario(world: World) -> None:
        await world.add_queue("Café")
        ask = Operation.GET_PRINTER_ATTRIBUTES
        wanted = keyword("requested-attributes", "printer-uri-supported", "printer-icons")
        near = await world.ask(
            ask, wanted, to="ipp://wrong:1/printers/Caf%C3%A9", host="print.example.org:631"
        )
        assert (
            near.printer.string("printer-uri-supported") == "ipp://print.example.org:631/printers/Caf%C3%A9"
        )
        icons = near.printer.strings("printer-icons")
        assert icons[0] == "http://print.example.org:631/icons/printer-48.png"
        secure = await world.ask(ask, wanted, to="/printers/Caf%C3%A9", host="h:632", tls=True)
        assert secure.printer.string("printer-uri-supported") == "ipps://h:632/printers/Caf%C3%A9"

    serve(scenario)


def test_an_external_name_wins(serve: Serve) -> None:
    async def scenario(world: World) -> None:
        await world.add_queue()
        told = await world.ask(Operation.GET_PRINTER_ATTRIBUTES, host="10.0.0.5:8631")
        assert told.printer.string("printer-uri-supported") == "ipp://print.example.org:631/printers/q"

    serve(scenario, settings=replace(IppSettings(), external_host="print.example.org:631"))


@pytest.mark.parametrize(
    ("external", "host", "local", "expected"),
    [
        ("", "localhost:0", ("127.0.0.1", 8631), "localhost:8631"),
        ("", "Print.Example.Org.", ("10.0.0.1", 631), "print.example.org:631"),
        ("", "[::1]:8631", ("::1", 631), "[::1]:8631"),
        ("", "", ("::1", 8631), "[::1]:8631"),
        ("", "", ("10.0.0.1", 8631), "10.0.0.1:8631"),
        ("p.example", "x:9", ("10.0.0.1", 8631), "p.example:8631"),
    ],
)
def test_authority(external: str, host: str, local: tuple[str, int], expected: str) -> None:
    assert authority(external, host, local) == expected


def test_both_schemes_only_in_the_ipp_family() -> None:
    base = Base("h:631", secure=False, both=True, form="ipp")
    assert base.securities() == ("none", "tls")
    assert replace(base, secure=True).securities() == ("tls", "none")
    assert replace(base, form="printers").securities() == ("none",)


CONVERTED = (
    "application/octet-stream",
    "application/pdf",
    "application/postscript",
    "image/jpeg",
    "image/png",
    "image/tiff",
    "text/plain",
)
"""What a queue takes whose device takes PDF."""


def offered(said: list[Attribute], scheme: str = "ipp", *declared: str) -> dict[str, Attribute]:
    return {one.name: one for one in device_offer(pack(said), scheme, declared)}


@pytest.mark.parametrize(
    "kind",
    [
        "application/PDF",
        "image/pwg-raster",
        "image/urf",
        "application/postscript",
        "application/vnd.hp-PCLXL",
    ],
)
@pytest.mark.parametrize("scheme", ["ipp", "socket", "file"])
def test_a_queue_takes_what_can_be_made_for_its_device(scheme: str, kind: str) -> None:
    said = [mime("document-format-supported", kind)] if scheme == "ipp" else []
    offer = offered(said, scheme, *([] if said else [kind.lower()]))
    formats = offer["document-format-supported"].strings()
    assert {name.lower() for name in formats} == {*CONVERTED, kind.lower()}
    assert len({name.lower() for name in formats}) == len(formats)
    assert offer["number-up-supported"].integers() == (1, 2, 4, 6, 9, 16)
    assert offer["page-ranges-supported"].first is True
    assert offer["copies-supported"].values == (Range(1, 9999),)
    assert "monochrome" in offer["print-color-mode-supported"].strings()
    assert "signature" in offer["imposition-template-supported"].strings()
    assert "reverse-order-face-down" in offer["page-delivery-supported"].strings()
    says = scheme != "ipp" and kind != "application/PDF"
    assert ("two-sided-long-edge" in offer["sides-supported"].strings()) is says
    assert "jpeg-k-octets-supported" in offer


def test_what_a_device_does_better_stays_its_own() -> None:
    said = [
        mime("document-format-supported", "application/pdf", "image/jpeg"),
        range_("number-up-supported", Range(1, 25)),
        range_("copies-supported", Range(1, 99)),
        keyword("print-color-mode-supported", "color", "process-monochrome"),
    ]
    offer = offered(said)
    assert offer["number-up-supported"].values == (Range(1, 25),)
    assert offer["copies-supported"].values == (Range(1, 99),)
    colours = ("color", "process-monochrome", "auto", "monochrome")
    assert offer["print-color-mode-supported"].strings() == colours
    assert "jpeg-k-octets-supported" not in offer


def test_where_nothing_is_made_nothing_is_added() -> None:
    black = keyword("pwg-raster-document-type-supported", "black_1")
    for said in ([mime("document-format-supported", "application/vnd.hp-PCL")],
                 [mime("document-format-supported", "image/pwg-raster"), black]):  # fmt: skip
        offer = offered(said)
        assert len(offer["document-format-supported"].values) == 2
        assert "imposition-template-supported" not in offer
    narrowed = offered(
        [mime("document-format-supported", "application/pdf", "image/jpeg")], "ipp", "image/jpeg"
    )
    assert "image/png" not in narrowed["document-format-supported"].strings()
    label = offered([], "socket", "application/vnd.zebra.zpl")
    assert label["document-format-supported"].strings() == (
        "application/octet-stream",
        "application/vnd.zebra.zpl",
    )
    assert label["document-format-preferred"].first == "application/vnd.zebra.zpl"
    assert label["copies-supported"].values == (Range(1, 1),)
    assert offered([], "socket", "application/vnd.hp-pcl")["copies-supported"].values == (Range(1, 9999),)
    assert offered([], "socket") == offered([], "raw")


def test_what_the_server_does_is_not_the_devices_to_say() -> None:
    names = {attribute.name for attribute in server_wide(IppSettings(), (2, 4))}
    said = pack(
        [
            mime("document-format-supported", "application/pdf"),
            keyword("job-hold-until-supported", "no-hold"),
            enum("operations-supported", 2, 4),
            keyword("notify-events-supported", "none"),
            text("printer-name", "device"),
            uri("printer-uri-supported", "ipp://device/ipp/print"),
            keyword("sides-supported", "one-sided", "two-sided-long-edge"),
        ]
    )
    offer = {attribute.name: attribute for attribute in device_offer(said, "ipp")}
    assert not names & offer.keys()
    assert "printer-uri-supported" not in offer
    assert offer["sides-supported"].strings() == ("one-sided", "two-sided-long-edge")
    assert offer["document-format-supported"].strings() == CONVERTED


def test_a_device_that_says_little_is_completed() -> None:
    offer = {
        attribute.name: attribute
        for attribute in device_offer(
            pack(
                [
                    mime("document-format-supported", "application/pdf"),
                    keyword("media-supported", "iso_a4_210x297mm", "na_letter_8.5x11in"),
                    boolean("color-supported", False),
                    keyword("sides-supported", "one-sided"),
                    keyword("sides-default", "two-sided-long-edge"),
                ]
            ),
            "ipp",
        )
    }
    assert offer["media-default"].strings() == ("iso_a4_210x297mm",)
    assert len(offer["media-col-database"].values) == 2
    assert "pages-per-minute-color" not in offer
    assert offer["sides-default"].strings() == ("one-sided",)
    assert "pwg-raster-document-type-supported" not in offer


def test_mixed_sets_are_never_passed_on() -> None:
    mixed = Attribute("media-supported", Tag.KEYWORD, ("iso_a4_210x297mm", "mine"), (Tag.KEYWORD, Tag.NAME))
    blob = encode_attribute(mixed) + pack([mime("document-format-supported", "application/pdf")])
    offer = {attribute.name: attribute for attribute in device_offer(blob, "ipp")}
    assert all(attribute.tags is None for attribute in offer.values())


def test_a_pool_offers_what_all_can_do() -> None:
    def device(*attributes: Attribute) -> tuple[Attribute, ...]:
        return device_offer(pack(attributes), "ipp")

    one = device(
        mime("document-format-supported", "application/pdf", "image/jpeg"),
        keyword("sides-supported", "one-sided", "two-sided-long-edge"),
        keyword("sides-default", "two-sided-long-edge"),
        range_("copies-supported", Range(1, 99)),
        boolean("color-supported", True),
        resolution("printer-resolution-supported", Resolution(600, 600), Resolution(1200, 1200)),
        integer("pages-per-minute", 40),
        enum("finishings-supported", 3, 4),
    )
    two = device(
        mime("document-format-supported", "application/pdf"),
        keyword("sides-supported", "one-sided"),
        keyword("sides-default", "one-sided"),
        range_("copies-supported", Range(1, 10)),
        boolean("color-supported", False),
        resolution("printer-resolution-supported", Resolution(600, 600)),
        integer("pages-per-minute", 20),
        enum("finishings-supported", 3),
    )
    pool = {attribute.name: attribute for attribute in pool_offer([one, two], b"")}
    assert set(pool["document-format-supported"].strings()) == set(CONVERTED)
    assert pool["sides-supported"].strings() == ("one-sided",)
    assert pool["sides-default"].strings() == ("one-sided",)
    assert pool["copies-supported"].values == (Range(1, 10),)
    assert pool["printer-resolution-supported"].values == (Resolution(600, 600),)
    assert pool["finishings-supported"].integers() == (3,)
    same = {attribute.name: attribute for attribute in pool_offer([one], b"")}
    assert same["sides-supported"].strings() == ("one-sided", "two-sided-long-edge")


def test_capabilities_are_read_from_the_device(serve: Serve) -> None:
    said = [
        mime("document-format-supported", "application/pdf", "image/urf"),
        keyword("sides-supported", "one-sided", "two-sided-long-edge"),
        keyword("media-supported", "iso_a4_210x297mm"),
        boolean("color-supported", False),
    ]

    async def scenario(world: World) -> None:
        await world.add_queue(uri="ipp://192.0.2.1/ipp/print")
        entry = world.directory.queue("q")
        assert entry is not None
        await world.store.write(
            config.device_reported,
            entry.devices[0].id,
            event=True,
            capabilities=pack(said),
            capabilities_at=5,
        )
        await world.directory.refresh()
        told = await described(world)
        assert told.strings("media-supported") == ("iso_a4_210x297mm",)
        refused = await world.print_job(data=b"UNKNOWN\0" * 10 + b"II*\0")
        assert refused.status == Status.SUCCESSFUL_OK  # it goes as octets
        refused = await world.print_job(data=b"RaS2PwgRaster" + bytes(100))
        assert "image/pwg-raster" in refused.text
        assert (await world.print_job(data=b"\xff\xd8\xff\xe0" + bytes(100))).status == Status.SUCCESSFUL_OK
        strict = await world.print_job(boolean("ipp-attribute-fidelity", True), job=[keyword("media", "A3")])
        assert "media" in strict.text

    serve(scenario)


def test_equal_devices_share_a_profile(serve: Serve) -> None:
    async def scenario(world: World) -> None:
        for number in range(3):
            await world.add_queue(f"q{number}", f"socket://192.0.2.{number}")
        entries = list(world.directory.entries())
        profiles = {id(world.server.describer.profile(entry)) for entry in entries}
        assert len(profiles) == 1

    serve(scenario)


def test_damaged_blobs_read_as_nothing() -> None:
    assert unpack(b"\x44\x00") == ()
    assert unpack(b"") == ()
    assert Profile(generic_offer(hears_attributes=False)).strings("sides-supported") == ("one-sided",)


def test_vendor_attributes_say_how_jobs_wait(serve: Serve) -> None:
    async def scenario(world: World) -> None:
        await world.add_queue("find", mode=QueueMode.FIND_ME)
        told = await described(world, "plantin-queue-mode", "plantin-device-names", to="/printers/find")
        assert told.string("plantin-queue-mode") == "find-me"
        assert told.strings("plantin-device-names") == ("find-device",)

    serve(scenario)
