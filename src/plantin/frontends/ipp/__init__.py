"""The IPP server: what clients print to (RFC 8010, RFC 8011, PWG 5100, CUPS).

``IppServer(context).handle`` is the handler of an ``HttpServer``. Promises: a job is acknowledged only once
it is durable (law 1); every refusal has a reason (law 7); nothing a client sends takes more than bounded
memory.
"""

from plantin.frontends.ipp.context import Context, Found, IppSettings
from plantin.frontends.ipp.directory import Directory, QueueEntry
from plantin.frontends.ipp.server import IppServer

__all__ = ["Context", "Directory", "Found", "IppServer", "IppSettings", "QueueEntry"]
