"""Device URIs and device options: what is let through and how the rest is refused."""

from __future__ import annotations

from pathlib import Path

import pytest

from plantin.core.errors import Refusal
from plantin.delivery import Limits, parse_device_uri
from plantin.delivery.options import OPTION_NAMES, SECONDS_MAX, device_options
from plantin.delivery.uri import URI_OCTETS_MAX
from plantin.ipp import STRICT

ROOTS = (Path("/srv/prints"), Path("/srv/one.out"))


@pytest.mark.parametrize(
    ("uri", "host", "port", "path", "authority"),
    [
        ("socket://192.0.2.7", "192.0.2.7", 9100, "/", "192.0.2.7:9100"),
        ("raw://printer-3.example:9101/", "printer-3.example", 9101, "/", "printer-3.example:9101"),
        ("socket://[2001:db8::7]:9102", "2001:db8::7", 9102, "/", "[2001:db8::7]:9102"),
        ("ipp://printer", "printer", 631, "/", "printer:631"),
        ("ipps://printer/ipp/print", "printer", 631, "/ipp/print", "printer:631"),
        ("http://printer/a%20b", "printer", 80, "/a%20b", "printer:80"),
        ("https://printer:8443/ipp", "printer", 8443, "/ipp", "printer:8443"),
        ("IPP://PRINTER/ipp", "printer", 631, "/ipp", "printer:631"),
    ],
)
def test_network(uri: str, host: str, port: int, path: str, authority: str) -> None:
    parsed = parse_device_uri(uri)
    assert (parsed.host, parsed.port, parsed.path, parsed.authority) == (host, port, path, authority)
    assert parsed.tls is uri.startswith(("ipps", "https"))
    assert parsed.text == uri


@pytest.mark.parametrize(
    ("uri", "path", "folder"),
    [
        ("file:///srv/prints/", "/srv/prints/", True),
        ("file:///srv/prints/floor%203/", "/srv/prints/floor 3/", True),
        ("file:///srv/prints/all.out", "/srv/prints/all.out", False),
        ("file:///srv/one.out", "/srv/one.out", False),
        ("file:///dev/null", "/dev/null", False),
        ("file://localhost/srv/prints/", "/srv/prints/", True),
    ],
)
def test_file(uri: str, path: str, folder: bool) -> None:
    parsed = parse_device_uri(uri, file_roots=ROOTS)
    assert (parsed.path, parsed.folder) == (path, folder)


@pytest.mark.parametrize(
    ("uri", "words"),
    [
        ("", "octets"),
        ("socket://h/" + "x" * URI_OCTETS_MAX, "octets"),
        ("printer", "no scheme"),
        ("lpd://host/queue", "no scheme that Plantin knows"),
        ("socket://", "names no host"),
        ("socket:///", "names no host"),
        ("ipp:/ipp/print", "names no host"),
        ("socket://:9100", "names no host"),
        ("socket://host:0", "port 0"),
        ("socket://host:65536", "cannot be read"),
        ("socket://host:port", "cannot be read"),
        ("socket://[::1", "cannot be read"),
        ("socket://ho st", "percent-encoded"),
        ("socket://hö", "percent-encoded"),
        ("socket://ho%0Ast", "cannot be"),
        ("socket://-host", "cannot be"),
        ("socket://host/queue", "has a path"),
        ("ipp://user:secret@host/", "password"),
        ("file:srv/prints", "absolute"),
        ("file://prints/a", "names a host"),
        ("file:///srv/prints/../../etc/", "climbs"),
        ("file:///srv/prints/%2e%2e/etc/", "climbs"),
        ("file:///etc/passwd", "outside"),
        ("file:///srv/prints2/", "outside"),
        ("file:///srv/prints/a%00b", "absolute"),
    ],
)
def test_refused(uri: str, words: str) -> None:
    with pytest.raises(Refusal) as caught:
        parse_device_uri(uri, file_roots=ROOTS)
    assert caught.value.reason == "bad-device-uri"
    assert words in caught.value.text


def test_the_longest_uri_is_taken() -> None:
    uri = "ipp://h/" + "x" * (URI_OCTETS_MAX - len("ipp://h/"))
    assert parse_device_uri(uri).text == uri


def test_options_of_the_device_win_over_those_of_its_uri() -> None:
    options = device_options({"linger": "5", "contimeout": "3"}, '{"linger": 7, "sync": false}', Limits())
    assert (options.limits.linger, options.limits.connect_timeout, options.sync) == (7, 3, False)


def test_waiteof_false_is_no_linger() -> None:
    assert device_options({"waiteof": "false"}, "", Limits()).limits.linger == 0
    assert device_options({"waiteof": "true"}, "", Limits()).limits.linger == Limits().linger


def test_quirks_by_name() -> None:
    options = device_options({"quirks": "any-boolean,no-end-tag"}, "{}", Limits())
    assert options.quirks.any_boolean and options.quirks.no_end_tag
    assert device_options({}, '{"quirks": []}', Limits()).quirks == STRICT


def test_formats_as_text_and_as_a_list() -> None:
    options = device_options({"formats": "application/PDF,image/urf"}, "{}", Limits())
    assert options.formats == ("application/pdf", "image/urf")
    assert device_options({"formats": "a/b"}, '{"formats": ["image/urf"]}', Limits()).formats == (
        "image/urf",
    )
    assert device_options({}, "{}", Limits()).formats == ()


def test_keys_of_other_rooms_are_passed_over_and_the_limit_is_taken() -> None:
    options = device_options({}, f'{{"count": "snmp", "linger": {SECONDS_MAX}}}', Limits())
    assert options.limits.linger == SECONDS_MAX


@pytest.mark.parametrize(
    ("query", "stored", "words"),
    [
        ({"lingre": "5"}, "{}", "'lingre'"),
        ({"linger": "soon"}, "{}", "seconds"),
        ({"linger": "-1"}, "{}", "seconds"),
        ({"linger": "nan"}, "{}", "seconds"),
        ({"linger": str(SECONDS_MAX + 1)}, "{}", "seconds"),
        ({}, '{"linger": null}', "seconds"),
        ({}, '{"linger": true}', "seconds"),
        ({"sync": "perhaps"}, "{}", "true or false"),
        ({"quirks": "telepathy"}, "{}", "telepathy"),
        ({"formats": "pdf"}, "{}", "application/pdf"),
        ({}, '{"formats": 5}', "media types"),
        ({}, '{"quirks": 5}', "names"),
        ({}, "{", "not JSON"),
        ({}, "[]", "not a JSON object"),
    ],
)
def test_options_refused(query: dict[str, str], stored: str, words: str) -> None:
    with pytest.raises(Refusal) as caught:
        device_options(query, stored, Limits())
    assert caught.value.reason == "bad-device-option"
    assert words in caught.value.text


def test_every_option_is_documented() -> None:
    page = (Path(__file__).parents[2] / "docs" / "devices.md").read_text()
    missing = sorted(name for name in OPTION_NAMES if f"`{name}`" not in page)
    assert missing == []
