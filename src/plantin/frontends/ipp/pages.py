"""What a browser or libcups may GET: icons, PPD files, a small page for each queue, a health check.

Nothing here changes anything, and nothing tells what a stranger on the network could not ask over IPP.
"""

from html import escape
from typing import Final

from plantin import __version__
from plantin.frontends.http1 import HttpError, Request, Response
from plantin.frontends.ipp.context import Context
from plantin.frontends.ipp.directory import QueueEntry
from plantin.frontends.ipp.editions import conditional
from plantin.frontends.ipp.icon import SIZES, icon
from plantin.frontends.ipp.ppd import ppd
from plantin.frontends.ipp.printer.describe import Describer
from plantin.frontends.ipp.printer.names import Base, authority, quoted
from plantin.frontends.ipp.printer.state import IDLE, PROCESSING

_HTML: Final = (
    ("Content-Type", "text/html; charset=utf-8"),
    ("Content-Security-Policy", "default-src 'none'; img-src 'self'; style-src 'unsafe-inline'"),
    ("X-Content-Type-Options", "nosniff"),
    ("Cache-Control", "no-store"),
)
_STYLE: Final = (
    "body{font:16px/1.5 sans-serif;margin:2em auto;max-width:48em;padding:0 1em}td{padding-right:2em}"
)
_STRINGS: Final = b"""\
"plantin-queue-mode" = "Release";
"plantin-queue-mode.direct" = "Print at once";
"plantin-queue-mode.hold" = "Hold until released";
"plantin-queue-mode.find-me" = "Release at any device";
"""
"""Labels for our own keywords (PWG 5100.13 section 5.6.41, Apple strings format)."""
_LISTED_MAX: Final = 500


async def answer(context: Context, describer: Describer, request: Request) -> Response:
    """Answers a GET or HEAD.

    Raises:
        HttpError: 404, there is nothing at this path.
    """
    path = request.path
    if path == "/":
        return _page("Plantin", _index(context))
    if path == "/health":
        return Response(200, (("Content-Type", "text/plain; charset=utf-8"),), b"ok\n")
    if path == "/strings/en.strings":
        return Response(200, (("Content-Type", "text/strings"),), _STRINGS)
    if path.startswith("/icons/"):
        return _icon(path)
    if path.startswith(("/printers/", "/classes/")):
        name = path.split("/", 2)[2]
        if name.endswith(".ppd"):
            return _ppd(context, describer, request, name.removesuffix(".ppd"))
        entry = context.directory.queue(name)
        if entry is not None:
            return _page(name, await _queue(context, describer, request, entry))
    raise HttpError(404, f"there is nothing at {path[:200]}", reason="not-found")


def _icon(path: str) -> Response:
    for size in SIZES:
        if path == f"/icons/printer-{size}.png":
            headers = (("Content-Type", "image/png"), ("Cache-Control", "max-age=86400"))
            return Response(200, headers, icon(size))
    raise HttpError(404, "there is no such icon", reason="not-found")


def _ppd(context: Context, describer: Describer, request: Request, name: str) -> Response:
    entry = context.directory.queue(name)
    if entry is None:
        raise HttpError(404, f"there is no queue {name[:127]}", reason="not-found")
    content = ppd(entry, describer.profile(entry))
    now = context.clock.now_ms()
    edition = describer.editions.of(entry.queue.name, content, now)
    response = Response(200, (("Content-Type", "application/vnd.cups-ppd"),), content)
    return conditional(request.headers, response, edition, now)


def _page(title: str, content: str) -> Response:
    text = (
        f"<!doctype html><html lang=en><meta charset=utf-8><title>{escape(title)}</title>"
        f"<style>{_STYLE}</style><h1>{escape(title)}</h1>{content}"
        f"<p><small>Plantin {__version__}</small></html>\n"
    )
    return Response(200, _HTML, text.encode())


def _index(context: Context) -> str:
    rows: list[str] = []
    for entry in context.directory.entries():
        if len(rows) == _LISTED_MAX:
            break
        name = entry.queue.name
        info = escape(entry.queue.info or entry.queue.location)
        rows.append(f'<tr><td><a href="/printers/{quoted(name)}">{escape(name)}</a><td>{info}')
    count = len(context.directory)
    return f"<p>{count} queue{'' if count == 1 else 's'}<table>{''.join(rows)}</table>"


async def _queue(context: Context, describer: Describer, request: Request, entry: QueueEntry) -> str:
    await context.directory.count()
    host = authority(context.settings.external_host, request.host, request.local)
    base = Base(host, request.tls, context.settings.tls, "ipp")
    view = describer.view(entry, base)
    queue = entry.queue
    states = {IDLE: "idle", PROCESSING: "printing"}
    rows = [
        ("Information", queue.info),
        ("Location", queue.location),
        ("State", f"{states.get(view.printer_state, 'stopped')} ({', '.join(view.reasons)})"),
        ("Message", view.state.message),
        ("Takes jobs", "yes" if view.accepting else "no"),
        ("Mode", queue.mode.value),
        ("Jobs waiting", str(view.open_jobs)),
        ("Address", base.queue_uris(queue)[0]),
    ]
    cells = "".join(f"<tr><td>{key}<td>{escape(value)}" for key, value in rows if value)
    return f'<img src="/icons/printer-128.png" alt="" width=64 height=64><table>{cells}</table>'
