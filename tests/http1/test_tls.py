"""TLS and clear text on one port, by first octet and by Upgrade, with real clients; the certificate."""

import asyncio
import contextlib
import datetime
import ssl
from collections.abc import Callable, Coroutine
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509

from plantin.frontends.http1 import HttpLimits, Request, Response
from plantin.frontends.tls import (
    EXPIRY_WARNING_DAYS,
    LIFETIME_DAYS,
    TlsContext,
    TlsError,
    local_names,
    server_tls,
)
from tests.http1.support import HOST, Client, echo, get, post, serving, until

Run = Callable[[Coroutine[Any, Any, None]], None]

NAMES = ("print.example.org", "print", "localhost", "127.0.0.1", "::1")


@pytest.fixture(scope="session")
def tls(tmp_path_factory: pytest.TempPathFactory) -> TlsContext:
    return server_tls(tmp_path_factory.mktemp("tls"), NAMES)


def trusting(tls: TlsContext, version: ssl.TLSVersion = ssl.TLSVersion.TLSv1_3) -> ssl.SSLContext:
    """A client that trusts this certificate and checks the name."""
    context = ssl.create_default_context(cafile=tls.certificate)
    context.maximum_version = version
    return context


@pytest.mark.parametrize("version", [ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3])
def test_both_on_one_port(run: Run, tls: TlsContext, version: ssl.TLSVersion) -> None:
    async def handler(request: Request) -> Response:
        body = await request.body.read_all(1 << 24)
        return Response(200, (), (b"tls " if request.tls else b"clear ") + body)

    async def main() -> None:
        context = trusting(tls, version)
        async with serving(handler, tls=tls) as site:
            for name in ("localhost", "127.0.0.1", "print.example.org"):
                async with site.client(ssl=context, server_hostname=name) as secure, site.client() as clear:
                    for octets in (b"abc", b"x" * 3_000_000, b""):
                        assert (await secure.ask(post(octets))).body == b"tls " + octets
                        assert (await clear.ask(post(octets))).body == b"clear " + octets
                    await secure.send(post(b"a") + post(b"b"))
                    assert [(await secure.answer()).body for _ in range(2)] == [b"tls a", b"tls b"]
                    assert (await secure.ask(get("/", "Connection: close\r\n"))).status == 200
                    assert await secure.ended()

    run(main())


def test_tls_octet_by_octet(run: Run, tls: TlsContext) -> None:
    async def main() -> None:
        incoming, outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
        session = trusting(tls).wrap_bio(incoming, outgoing, server_hostname="localhost")
        async with serving(echo, tls=tls) as site, site.client() as client:

            async def turn() -> None:
                for octet in outgoing.read():
                    await client.send(bytes([octet]))
                    await asyncio.sleep(0)
                incoming.write(await client.reader.read(65_536))

            while True:
                try:
                    session.do_handshake()
                    break
                except ssl.SSLWantReadError:
                    await turn()
            session.write(post(b"abc"))
            got = b""
            while not got.endswith(b"POST / abc"):
                try:
                    got += session.read(65_536)
                except ssl.SSLWantReadError:
                    await turn()

    run(main())


async def upgrade(client: Client, context: ssl.SSLContext, request: str) -> Client:
    """Offer TLS with ``request``, see it taken, and go over."""
    await client.send(request)
    status, headers = await client.head()
    assert status == 101
    assert headers["upgrade"].startswith("TLS/1.")
    assert headers["connection"] == "Upgrade"
    await client.writer.start_tls(context, server_hostname="localhost")
    return client


OFFER = "Connection: Upgrade\r\nUpgrade: TLS/1.2,TLS/1.1,TLS/1.0\r\n"


@pytest.mark.parametrize("before", [0, 2])
def test_upgrade(run: Run, tls: TlsContext, before: int) -> None:
    async def handler(request: Request) -> Response:
        await asyncio.sleep(0)
        return Response(200, (), f"{request.method} {request.path} {request.tls}".encode())

    async def main() -> None:
        async with serving(handler, tls=tls) as site, site.client() as client:
            await client.send(get("/clear") * before)
            for _ in range(before):
                assert (await client.answer()).body == b"GET /clear False"
            secure = await upgrade(client, trusting(tls), f"OPTIONS * HTTP/1.1\r\n{HOST}{OFFER}\r\n")
            assert (await secure.answer()).body == b"OPTIONS * True"
            assert (await secure.ask(get("/next", OFFER))).body == b"GET /next True"
            await secure.close()

    run(main())


def test_an_upgrade_waits_for_the_requests_before_it(run: Run, tls: TlsContext) -> None:
    async def handler(request: Request) -> Response:
        await asyncio.sleep(0.05)
        return Response(200, (), request.path.encode())

    async def main() -> None:
        async with serving(handler, tls=tls) as site, site.client() as client:
            await client.send(get("/a") + get("/b") + get("/c", OFFER))
            assert (await client.answer()).body == b"/a"
            assert (await client.answer()).body == b"/b"
            assert (await client.head())[0] == 101

    run(main())


def test_clear_text_behind_an_upgrade_is_never_a_request(run: Run, tls: TlsContext) -> None:
    seen: list[str] = []

    async def handler(request: Request) -> Response:
        seen.append(request.path)
        return Response()

    async def main() -> None:
        async with serving(handler, tls=tls) as site, site.client() as client:
            await client.send(get("/offer", OFFER) + get("/injected"))
            assert (await client.head())[0] == 101
            await client.reader.read()
            assert seen == []
            await until(lambda: site.server.counts.tls_failures == 1, "the failure was counted")

    run(main())


def test_without_a_certificate_there_is_no_tls(run: Run, tls: TlsContext) -> None:
    async def main() -> None:
        async with serving(echo) as site:
            async with site.client() as client:
                assert (await client.ask(get("/", OFFER))).status == 200
            async with site.client() as client:
                await client.send(b"\x16\x03\x01\x02\x00\x01\x00")
                assert await client.ended()

    run(main())


def test_broken_handshakes(run: Run, tls: TlsContext) -> None:
    async def main() -> None:
        async with serving(echo, tls=tls, limits=HttpLimits(handshake_s=0.5)) as site:
            for octets in (b"\x16rubbish" * 100, b"\x16\x03\x01\x00\x05\x01\x00\x00\x01\x00"):
                async with site.client() as client:
                    await client.send(octets)
                    await client.reader.read()
            with pytest.raises(ssl.SSLError):
                async with site.client(ssl=ssl.create_default_context(), server_hostname="localhost"):
                    pass
            async with site.client() as client:
                await client.send(b"\x16\x03\x01")
                assert await client.ended()
            async with site.client(ssl=trusting(tls), server_hostname="localhost") as client:
                assert (await client.ask(get())).status == 200

    run(main())


def test_a_slow_tls_client_is_cut_off_after_the_handshake_too(run: Run, tls: TlsContext) -> None:
    async def main() -> None:
        limits = HttpLimits(first_octet_s=0.5, head_s=0.5)
        async with serving(echo, tls=tls, limits=limits) as site:
            for octets in (b"", b"GET /"):
                async with site.client(ssl=trusting(tls), server_hostname="localhost") as client:
                    await client.send(octets)
                    with contextlib.suppress(ConnectionError):
                        assert (await client.reader.read())[:12] == (b"HTTP/1.1 408" if octets else b"")

    run(main())


def attribute(tag: int, name: bytes, value: bytes) -> bytes:
    return bytes([tag]) + len(name).to_bytes(2, "big") + name + len(value).to_bytes(2, "big") + value


async def bare_printer(request: Request) -> Response:
    """As little of IPP as lets a client see that its exchange went through."""
    if request.method == "OPTIONS":
        return Response()
    asked = await request.body.read_all(1 << 16)
    scheme = b"secure" if request.tls else b"clear"
    answer = asked[:2] + b"\0\0" + asked[4:8] + b"\1"
    answer += attribute(0x47, b"attributes-charset", b"utf-8")
    answer += attribute(0x48, b"attributes-natural-language", b"en")
    answer += b"\4" + attribute(0x42, b"printer-name", scheme) + b"\3"
    return Response(200, [("Content-Type", "application/ipp")], answer)


TEST_FILE = """{
    NAME "exchange"
    OPERATION Get-Printer-Attributes
    GROUP operation-attributes-tag
    ATTR charset attributes-charset utf-8
    ATTR language attributes-natural-language en
    ATTR uri printer-uri $uri
    STATUS successful-ok
    EXPECT printer-name OF-TYPE name WITH-VALUE "$wanted"
}
"""


async def command(tmp_path: Path, *words: str) -> tuple[int, str]:
    process = await asyncio.create_subprocess_exec(
        *words,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
        env={"HOME": str(tmp_path), "PATH": "/usr/bin:/bin", "LC_ALL": "C"},
    )
    output, _ = await asyncio.wait_for(process.communicate(), 60)
    return process.returncode or 0, output.decode()


@pytest.mark.parametrize(("flag", "wanted"), [("-4", "clear"), ("-S", "secure"), ("-E", "secure")])
def test_ipptool_of_cups(run: Run, tls: TlsContext, tmp_path: Path, flag: str, wanted: str) -> None:
    test_file = tmp_path / "exchange.test"
    test_file.write_text(TEST_FILE)

    async def main() -> None:
        async with serving(bare_printer, tls=tls) as site:
            uri = f"ipp://localhost:{site.port}/printers/q"
            words = ("ipptool", "-tv", flag, "-d", f"wanted={wanted}", uri, str(test_file))
            status, output = await command(tmp_path, *words)
            assert "[PASS]" in output
            assert (status, output.count("[FAIL]")) == (0, 0), output

    run(main())


@pytest.mark.parametrize("flags", [(), ("-E",)])
def test_lpstat_of_cups(run: Run, tls: TlsContext, tmp_path: Path, flags: tuple[str, ...]) -> None:
    async def main() -> None:
        async with serving(bare_printer, tls=tls) as site:
            status, output = await command(tmp_path, "lpstat", *flags, "-h", f"localhost:{site.port}", "-d")
            assert status == 0, output
            assert site.server.counts.tls_failures == 0
            assert site.server.counts.requests >= 1

    run(main())


# The certificate.


def test_the_certificate_is_made_once_and_kept(tmp_path: Path) -> None:
    folder = tmp_path / "new" / "tls"
    first = server_tls(folder, NAMES)
    assert first.names == NAMES
    assert first.warnings == ()
    assert first.expires - datetime.datetime.now(datetime.UTC) > datetime.timedelta(days=LIFETIME_DAYS - 1)
    assert (folder / "server.key").stat().st_mode & 0o777 == 0o600
    assert folder.stat().st_mode & 0o777 == 0o700
    assert sorted(path.name for path in folder.iterdir()) == ["server.crt", "server.key"]
    before = {path: (path.read_bytes(), path.stat().st_mtime_ns) for path in folder.iterdir()}
    second = server_tls(folder, (*NAMES, "new.example.org", "2001:DB8::1"))
    assert second.fingerprint == first.fingerprint
    assert second.missing_names == ("new.example.org", "2001:db8::1")
    assert second.warnings == (
        f"the certificate {folder}/server.crt does not name new.example.org, 2001:db8::1",
    )
    assert before == {path: (path.read_bytes(), path.stat().st_mtime_ns) for path in folder.iterdir()}


def test_the_certificate_says_when_it_ends(tmp_path: Path) -> None:
    begin = datetime.datetime(2030, 1, 1, tzinfo=datetime.UTC)
    end = begin + datetime.timedelta(days=LIFETIME_DAYS)
    server_tls(tmp_path, NAMES, now=begin)
    margin = datetime.timedelta(days=EXPIRY_WARNING_DAYS)
    assert not server_tls(tmp_path, NAMES, now=end - margin).expires_soon
    late = server_tls(tmp_path, NAMES, now=end - margin + datetime.timedelta(seconds=1))
    assert late.expires_soon
    assert late.warnings == (f"the certificate {tmp_path}/server.crt ends on {end:%Y-%m-%d}",)


def test_a_key_left_alone_by_a_crash_is_replaced(tmp_path: Path) -> None:
    (tmp_path / "server.key").write_text("half of a key")
    assert server_tls(tmp_path, NAMES).names == NAMES


def test_a_given_certificate(tmp_path: Path) -> None:
    made = server_tls(tmp_path / "made", ("*.example.org", "localhost"))
    certificate, key = made.certificate, tmp_path / "made" / "server.key"
    given = server_tls(tmp_path / "none", ("a.example.org", "b.other.org"), certificate=certificate, key=key)
    assert given.fingerprint == made.fingerprint
    assert given.missing_names == ("b.other.org",)
    assert not (tmp_path / "none").exists()


def test_a_certificate_that_cannot_be_used(tmp_path: Path) -> None:
    server_tls(tmp_path / "a", NAMES)
    server_tls(tmp_path / "b", NAMES)
    certificate, other_key = tmp_path / "a" / "server.crt", tmp_path / "b" / "server.key"
    for key in (other_key, tmp_path / "missing"):
        with pytest.raises(TlsError, match="cannot use the certificate"):
            server_tls(tmp_path, NAMES, certificate=certificate, key=key)
    with pytest.raises(TlsError, match="together"):
        server_tls(tmp_path, NAMES, certificate=certificate)


def test_names(tmp_path: Path) -> None:
    names = local_names(("Print.Example.org.", "[2001:db8::1]", "192.0.2.1"))
    assert {"localhost", "127.0.0.1", "::1", "print.example.org", "2001:db8::1", "192.0.2.1"} <= set(names)
    assert len(set(names)) == len(names)
    long = "a" * 60 + ".example.org"
    made = server_tls(tmp_path, ("drücker.example.org", long))
    parsed = x509.load_pem_x509_certificate(made.certificate.read_bytes())
    names_held = parsed.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    assert names_held.get_values_for_type(x509.DNSName) == ["xn--drcker-4ya.example.org", long]
    assert made.missing_names == ()
    with pytest.raises(TlsError, match="is not a host name"):
        server_tls(tmp_path, ("ü" * 64,))
