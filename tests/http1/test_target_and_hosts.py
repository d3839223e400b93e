"""Request targets and Host headers."""

import pytest

from plantin.frontends.http1.errors import HttpError
from plantin.frontends.http1.hosts import HostCheck, host_rule, split_host
from plantin.frontends.http1.target import parse_target


@pytest.mark.parametrize(
    ("raw", "path", "query"),
    [
        (b"/", "/", ""),
        (b"*", "*", ""),
        (b"/printers/q", "/printers/q", ""),
        (b"/printers/q?a=b?c", "/printers/q", "a=b?c"),
        (b"ipp://localhost:631/printers/raw1", "/printers/raw1", ""),
        (b"ipp://localhost/printers/q", "/printers/q", ""),
        (b"ipps://[::1]:631/ipp/print", "/ipp/print", ""),
        (b"http://u:p@host/printers/q?x", "/printers/q", "x"),
        (b"ipp://localhost", "/", ""),
        (b"ipp://localhost?x=1", "/", "x=1"),
        (b"/B%C3%BCro%20%31", "/Büro 1", ""),
        (b"/a%252Fb", "/a%2Fb", ""),
        (b"/a%2Fb", "/a/b", ""),
        (b"/q#part", "/q", ""),
        (b"/a?b=%zz", "/a", "b=%zz"),
        (b"//host/a", "//host/a", ""),
        (b"/.printer/..a/a..", "/.printer/..a/a..", ""),
    ],
)
def test_every_form_comes_down_to_a_path(raw: bytes, path: str, query: str) -> None:
    assert parse_target(raw) == (path, query)


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"printers",
        b"//x%",
        b"/%4",
        b"/%zz",
        b"/%ff",
        b"/%00",
        b"/a%0d%0a",
        b"/../x",
        b"/a/%2e%2e/b",
        b"/a/.",
        b"://x/",
    ],
)
def test_ambiguous_targets_are_refused(raw: bytes) -> None:
    with pytest.raises(HttpError) as caught:
        parse_target(raw)
    assert caught.value.status == 400


@pytest.mark.parametrize(
    ("value", "name"),
    [
        ("localhost", "localhost"),
        ("localhost:0", "localhost"),
        ("Print.Example.ORG.:631", "print.example.org"),
        ("192.0.2.1:8631", "192.0.2.1"),
        ("[::1]:631", "[::1]"),
        ("[fe80::1%25eth0]", "[fe80::1%25eth0]"),
        ("[v1.fe80::1+eth0]:631", "[v1.fe80::1+eth0]"),
        ("a_b", "a_b"),
        ("host:", "host"),
    ],
)
def test_host_headers_are_split(value: str, name: str) -> None:
    assert split_host(value) == name


@pytest.mark.parametrize(
    "value", ["", ":631", "a b", "a/b", "user@host", "a:b", "a:123456", "[::1", "ü", "a,b"]
)
def test_malformed_hosts(value: str) -> None:
    with pytest.raises(HttpError) as caught:
        HostCheck(host_rule(["*"])).check(value.encode("latin-1"))
    assert caught.value.status == 400


@pytest.mark.parametrize(
    ("names", "value", "allowed"),
    [
        ([], "localhost", True),
        ([], "localhost:1", True),
        ([], "127.0.0.1:8631", True),
        ([], "[::1]", True),
        ([], "evil.example", False),
        ([], "2130706433", False),
        ([], "0x7f.1", False),
        (["print.example.org"], "PRINT.example.org.:631", True),
        (["print.example.org"], "aprint.example.org", False),
        (["*.example.org"], "a.b.example.org", True),
        (["*.example.org"], "example.org", False),
        (["*.example.org"], "evilexample.org", False),
        (["*"], "anything", True),
    ],
)
def test_who_may_be_asked_for(names: list[str], value: str, allowed: bool) -> None:
    check = HostCheck(host_rule(names))
    for _ in range(2):
        if allowed:
            assert check.check(value.encode()) == value
        else:
            with pytest.raises(HttpError) as caught:
                check.check(value.encode())
            assert caught.value.status == 421


def test_the_memory_of_verdicts_is_bounded() -> None:
    asked: list[str] = []

    def allowed(name: str) -> bool:
        asked.append(name)
        return True

    check = HostCheck(allowed)
    for number in range(5000):
        check.check(b"h%d.example" % number)
    assert len(asked) == 5000
    assert len(check._known) <= 1024
