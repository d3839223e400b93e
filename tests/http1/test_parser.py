"""The sans-IO parser: what passes, what is refused, and that garbage is never anything else."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from plantin.frontends.http1.errors import HttpError
from plantin.frontends.http1.hosts import HostCheck, host_rule
from plantin.frontends.http1.limits import HttpLimits
from plantin.frontends.http1.parser import Head, RequestParser

LIMITS = HttpLimits()


class Log:
    """A sink that remembers what it was told."""

    def __init__(self) -> None:
        self.heads: list[Head] = []
        self.bodies: list[bytes] = []
        self.ended = 0

    def head_received(self, head: Head) -> None:
        self.heads.append(head)
        self.bodies.append(b"")

    def body_received(self, piece: bytes) -> None:
        self.bodies[-1] += piece

    def message_ended(self) -> None:
        self.ended += 1

    def seen(self) -> list[tuple[str, str, list[tuple[str, str]], bytes]]:
        return [
            (head.method, head.target, list(head.headers), body)
            for head, body in zip(self.heads, self.bodies, strict=True)
        ]


def parse(*pieces: bytes, limits: HttpLimits = LIMITS, tls: bool = False) -> tuple[Log, RequestParser]:
    log = Log()
    parser = RequestParser(log, limits, HostCheck(host_rule(["*"])), tls_upgrade=tls)
    for piece in pieces:
        parser.feed(memoryview(piece))
    return log, parser


def refusal(*pieces: bytes, limits: HttpLimits = LIMITS) -> HttpError:
    with pytest.raises(HttpError) as caught:
        parse(*pieces, limits=limits)
    assert "\n" not in caught.value.text
    return caught.value


H = b"Host: x\r\n"
P = b"POST / HTTP/1.1\r\n" + H
CHUNKED = P + b"Transfer-Encoding: chunked\r\n\r\n"


def test_a_request_of_libcups() -> None:
    log, parser = parse(
        b"POST /printers/q HTTP/1.1\r\nContent-Length: 3\r\nContent-Type: application/ipp\r\n"
        b"Host: localhost:631\r\nExpect: 100-continue\r\nX-A:  b \t\r\n\r\nabc"
    )
    head = log.heads[0]
    assert (head.method, head.path, head.length, head.expects_continue) == ("POST", "/printers/q", 3, True)
    assert head.headers.get("x-a") == "b"
    assert head.keep_alive
    assert log.bodies == [b"abc"]
    assert log.ended == 1
    assert parser.in_head


def test_the_request_line_of_samba() -> None:
    log, _ = parse(b"POST ipp://localhost:631/printers/raw1 HTTP/1.1\r\n" + H + b"Content-Length: 0\r\n\r\n")
    assert log.heads[0].path == "/printers/raw1"
    assert log.heads[0].target == "ipp://localhost:631/printers/raw1"


def test_pipelined_requests_and_blank_lines_between() -> None:
    log, _ = parse(
        P + b"Content-Length: 1\r\n\r\na\r\n\r\n" + P + b"\r\n" + CHUNKED + b"2\r\nbc\r\n0\r\n\r\n"
    )
    assert log.bodies == [b"a", b"", b"bc"]
    assert log.ended == 3


def test_http_1_0() -> None:
    log, parser = parse(b"GET / HTTP/1.0\r\n\r\n")
    assert log.heads[0].host == ""
    assert not log.heads[0].keep_alive
    assert parser.stopped
    log, parser = parse(b"GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n")
    assert log.heads[0].keep_alive


def test_what_follows_a_last_request_is_ignored() -> None:
    log, parser = parse(b"GET / HTTP/1.1\r\n" + H + b"Connection: close\r\n\r\nrubbish", b"more rubbish")
    assert log.ended == 1
    assert parser.stopped


@pytest.mark.parametrize(
    ("octets", "status"),
    [
        (P + b"Content-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n", 400),
        (P + b"Transfer-Encoding: chunked\r\nContent-Length: 3\r\n\r\n", 400),
        (P + b"Content-Length: 3\r\nContent-Length: 3\r\n\r\n", 400),
        (P + b"Content-Length: 3, 3\r\n\r\n", 400),
        (P + b"Content-Length: +3\r\n\r\n", 400),
        (P + b"Content-Length: -3\r\n\r\n", 400),
        (P + b"Content-Length: 0x3\r\n\r\n", 400),
        (P + b"Content-Length: 3 3\r\n\r\n", 400),
        (P + b"Content-Length: \r\n\r\n", 400),
        (P + b"Content-Length: 99999999999999999999\r\n\r\n", 400),
        (P + b"Content-Length : 3\r\n\r\n", 400),
        (P + b"Transfer-Encoding: gzip, chunked\r\n\r\n", 501),
        (P + b"Transfer-Encoding: chunked, gzip\r\n\r\n", 400),
        (P + b"Transfer-Encoding: chunked, chunked\r\n\r\n", 400),
        (P + b"Transfer-Encoding: xchunked\r\n\r\n", 501),
        (P + b"Transfer-Encoding: identity\r\n\r\n", 501),
        (P + b"Transfer-Encoding: chunked\r\nTransfer-Encoding: identity\r\n\r\n", 400),
        (P + b"Transfer-Encoding: \x0bchunked\r\n\r\n", 400),
        (b"POST / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n", 400),
        (P + b"A: b\r\n c\r\n\r\n", 400),
        (P + b"A: b\0c\r\n\r\n", 400),
        (P + b"A: b\x01\r\n\r\n", 400),
        (P + b"A: b\rc\r\n\r\n", 400),
        (P + b"A\xe4: b\r\n\r\n", 400),
        (P + b": b\r\n\r\n", 400),
        (P + b"no colon\r\n\r\n", 400),
        (P.replace(b"\r\n", b"\n") + b"\n", 400),
        (CHUNKED + b"zz\r\n", 400),
        (CHUNKED + b"-1\r\n", 400),
        (CHUNKED + b"0x3\r\nabc\r\n", 400),
        (CHUNKED + b"3 \r\nabc\r\n", 400),
        (CHUNKED + b"3\nabc\n0\n\n", 400),
        (CHUNKED + b"3;a\nb\r\nabc\r\n", 400),
        (CHUNKED + b"3\r\nabcd\r\n", 400),
        (CHUNKED + b"FFFFFFFFFFFFFFFFF\r\n", 400),
        (CHUNKED + b"\r\n", 400),
        (b"GET /a b HTTP/1.1\r\n" + H + b"\r\n", 400),
        (b"GET /\x01 HTTP/1.1\r\n" + H + b"\r\n", 400),
        (b"GET /\xff HTTP/1.1\r\n" + H + b"\r\n", 400),
        (b"GET / HTTP/1.1\r\n\r\n", 400),
        (b"GET / HTTP/1.1\r\nHost: a\r\nHost: a\r\n\r\n", 400),
        (b"GET / HTTP/1.1\r\nHost: a b\r\n\r\n", 400),
        (b"GET / HTTP/1.1\r\nHost:\r\n\r\n", 400),
        (b"GET /%zz HTTP/1.1\r\n" + H + b"\r\n", 400),
        (b"GET / HTTP/1.2\r\n" + H + b"\r\n", 400),
        (b"GET / HTTP/2.0\r\n" + H + b"\r\n", 505),
        (b"GET / HTTP/0.9\r\n" + H + b"\r\n", 505),
        (b"GET /\r\n\r\n", 505),
        (b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", 400),
        (b"BREW / HTTP/1.1\r\n" + H + b"\r\n", 501),
        (b"CONNECT a:1 HTTP/1.1\r\n" + H + b"\r\n", 501),
        (P + b"Expect: 200-ok\r\nContent-Length: 1\r\n\r\n", 417),
        (b"\x16\x03\x01\x02\x00\x01\x00", 501),
    ],
)
def test_smuggling_and_nonsense_are_refused(octets: bytes, status: int) -> None:
    assert refusal(octets).status == status
    pieces = [octets[at : at + 1] for at in range(len(octets))]
    assert refusal(*pieces).status == status


def head_of(octets: int) -> bytes:
    """A request whose header fields count exactly ``octets``."""
    return b"GET / HTTP/1.1\r\n" + H + b"A: " + b"x" * (octets - len(H) - 5) + b"\r\n\r\n"


def test_limit_of_header_octets() -> None:
    limits = replace(LIMITS, header_octets=500)
    assert parse(head_of(500), limits=limits)[0].ended == 1
    assert refusal(head_of(501), limits=limits).status == 431


def test_a_header_without_end_is_refused_before_its_end() -> None:
    limits = replace(LIMITS, header_octets=500, request_line_octets=100)
    octets = b"GET / HTTP/1.1\r\nA: " + b"x" * 10_000
    with pytest.raises(HttpError) as caught:
        log = Log()
        parser = RequestParser(log, limits, HostCheck(host_rule([])), tls_upgrade=False)
        for at in range(0, len(octets), 10):
            parser.feed(octets[at : at + 10])
            assert at < 700
    assert caught.value.status == 431


def test_blank_lines_without_end_are_refused() -> None:
    assert refusal(*[b"\r\n" * 1000] * 100).status == 431


def test_limit_of_header_count() -> None:
    limits = replace(LIMITS, header_count=10)
    fields = [b"A%d: b\r\n" % number for number in range(9)]
    assert parse(P + b"".join(fields) + b"\r\n", limits=limits)[0].ended == 1
    assert refusal(P + b"".join(fields) + b"B: c\r\n\r\n", limits=limits).status == 431


def test_limits_of_a_trailer() -> None:
    limits = replace(LIMITS, header_count=10, header_octets=300)
    body = CHUNKED + b"1\r\na\r\n0\r\n"
    fields = b"A: b\r\n" * 10
    log, _ = parse(body + fields + b"\r\n", limits=limits)
    assert log.ended == 1
    assert "a" not in log.heads[0].headers
    assert refusal(body + fields + b"A: b\r\n\r\n", limits=limits).status == 431
    assert parse(body + b"A: " + b"x" * 295 + b"\r\n\r\n", limits=limits)[0].ended == 1
    assert refusal(body + b"A: " + b"x" * 296 + b"\r\n\r\n", limits=limits).status == 431


def test_limit_of_target_octets() -> None:
    limits = replace(LIMITS, target_octets=50)
    assert parse(b"GET /%b HTTP/1.1\r\n%b\r\n" % (b"x" * 49, H), limits=limits)[0].ended == 1
    assert refusal(b"GET /%b HTTP/1.1\r\n%b\r\n" % (b"x" * 50, H), limits=limits).status == 414


def test_limit_of_request_line_octets() -> None:
    limits = replace(LIMITS, request_line_octets=50)
    line = b"GET /%b HTTP/1.1\r\n"
    room = 50 - len(line % b"")
    assert parse(line % (b"x" * room) + H + b"\r\n", limits=limits)[0].ended == 1
    assert refusal(line % (b"x" * (room + 1)) + H + b"\r\n", limits=limits).status == 414


def test_chunk_extensions_without_end_are_refused() -> None:
    assert refusal(CHUNKED, b"1;", *[b"a" * 1000] * 200).status == 400


def test_one_octet_chunks_pass() -> None:
    log, _ = parse(CHUNKED, *[b"1\r\nx\r\n" * 5000] * 10, b"0\r\n\r\n")
    assert log.bodies == [b"x" * 50_000]
    assert log.ended == 1


OFFER = b"Connection: Upgrade\r\nUpgrade: TLS/1.2,TLS/1.1,TLS/1.0\r\n"


def test_an_offer_of_tls_is_taken() -> None:
    log, parser = parse(b"OPTIONS * HTTP/1.1\r\n" + H + OFFER + b"\r\n\x16\x03\x01", tls=True)
    assert log.heads[0].upgrades_to_tls
    assert log.ended == 1
    assert parser.stopped
    assert parser.rest == b"\x16\x03\x01"


@pytest.mark.parametrize("tls", [False, True])
@pytest.mark.parametrize(
    "offer",
    [b"Connection: Upgrade\r\nUpgrade: h2c\r\n", b"Connection: Upgrade\r\nUpgrade: websocket\r\n", OFFER],
)
@pytest.mark.parametrize("cut", [1, 7, 100_000])
def test_an_offer_that_is_not_taken_changes_nothing(offer: bytes, tls: bool, cut: int) -> None:
    octets = (
        P + offer + b"Content-Length: 3\r\n\r\nabc"
        + P + offer + b"Transfer-Encoding: chunked\r\n\r\n3\r\ndef\r\n0\r\n\r\n"
        + P + b"Content-Length: 1\r\n\r\ng"
    )  # fmt: skip
    log, parser = parse(*[octets[at : at + cut] for at in range(0, len(octets), cut)], tls=tls)
    assert log.bodies == [b"abc", b"def", b"g"]
    assert log.ended == 3
    assert not any(head.upgrades_to_tls for head in log.heads)
    assert not parser.stopped


def test_an_untaken_offer_without_a_body() -> None:
    request = b"GET /%d HTTP/1.1\r\n" + H + b"Connection: Upgrade\r\nUpgrade: h2c\r\n\r\n"
    log, _ = parse(b"".join(request % number for number in range(2000)))
    assert [head.path for head in log.heads] == [f"/{number}" for number in range(2000)]
    last = b"GET / HTTP/1.1\r\n" + H + b"Connection: Upgrade, close\r\nUpgrade: h2c\r\n\r\n"
    log, parser = parse(last + request % 1)
    assert log.ended == 1
    assert parser.stopped


def test_a_sink_may_refuse() -> None:
    class Full(Log):
        def head_received(self, head: Head) -> None:
            raise HttpError(429, "full")

    parser = RequestParser(Full(), LIMITS, HostCheck(host_rule([])), tls_upgrade=False)
    with pytest.raises(HttpError) as caught:
        parser.feed(P.replace(b"Host: x", b"Host: localhost") + b"\r\n")
    assert caught.value.status == 429


VOCABULARY = (
    "GET / HTTP/1.1\r\n|POST /a HTTP/1.1\r\n|OPTIONS * HTTP/1.1\r\n|HTTP/1.0\r\n\r\n|Host: x\r\n|A: b\r\n"
    "|\r\n|\r|\n|abcde| |:|\0|\xff|Content-Length: 5\r\n|Content-Length: 0\r\n|Transfer-Encoding: chunked\r\n"
    "|5\r\nabcde\r\n|0\r\n\r\n|1;x=y\r\n|Connection: close\r\n|Connection: Upgrade\r\n|Upgrade: TLS/1.2\r\n"
    "|Upgrade: h2c\r\n|Expect: 100-continue\r\n"
)
tokens = st.sampled_from([word.encode("latin-1") for word in VOCABULARY.split("|")])
garbage = st.one_of(st.binary(max_size=200), st.lists(tokens, max_size=25).map(b"".join))


def outcome(pieces: list[bytes], tls: bool) -> tuple[object, ...]:
    log = Log()
    parser = RequestParser(log, LIMITS, HostCheck(host_rule(["*"])), tls_upgrade=tls)
    status = 0
    for piece in pieces:
        try:
            parser.feed(piece)
        except HttpError as error:
            status = error.status
            break
    return log.seen(), log.ended, status, parser.stopped


@given(garbage, st.booleans())
def test_one_piece_is_octet_by_octet_and_garbage_is_an_http_error(octets: bytes, tls: bool) -> None:
    assert outcome([octets], tls) == outcome([octets[at : at + 1] for at in range(len(octets))], tls)


@given(
    st.lists(st.tuples(st.binary(max_size=300), st.booleans()), min_size=1, max_size=5),
    st.lists(st.integers(1, 50), min_size=1, max_size=20),
)
def test_whatever_is_sent_comes_out_however_it_is_cut(
    messages: list[tuple[bytes, bool]], cuts: list[int]
) -> None:
    octets = b""
    for body, chunked in messages:
        if chunked:
            octets += CHUNKED
            for at in range(0, len(body), 7):
                octets += b"%X\r\n%b\r\n" % (len(body[at : at + 7]), body[at : at + 7])
            octets += b"0\r\n\r\n"
        else:
            octets += P + b"Content-Length: %d\r\n\r\n" % len(body) + body
    pieces: list[bytes] = []
    while octets:
        size = cuts[len(pieces) % len(cuts)]
        pieces.append(octets[:size])
        octets = octets[size:]
    log, _ = parse(*pieces)
    assert log.bodies == [body for body, _ in messages]
    assert log.ended == len(messages)
