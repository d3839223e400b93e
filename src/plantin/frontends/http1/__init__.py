"""Plantin's HTTP/1.1 driver: a server for asyncio, with ipp and ipps on one port.

Promises bounded memory per connection, an answer or a clear refusal for whatever comes in, and back-pressure
in both directions. Never reads a body that nobody asked for, beyond a bound. Standards: RFC 9110, RFC 9112,
RFC 2817 (Upgrade to TLS), RFC 8010 section 4 (IPP over HTTP).
"""

from plantin.frontends.http1.body import Body
from plantin.frontends.http1.errors import BodyTooLarge, ClientGone, HttpError
from plantin.frontends.http1.hosts import HostPredicate, host_rule
from plantin.frontends.http1.limits import HttpLimits
from plantin.frontends.http1.messages import ConnectionInfo, Handler, Headers, Request, Response
from plantin.frontends.http1.server import Counts, HttpServer

__all__ = [
    "Body",
    "BodyTooLarge",
    "ClientGone",
    "ConnectionInfo",
    "Counts",
    "Handler",
    "Headers",
    "HostPredicate",
    "HttpError",
    "HttpLimits",
    "HttpServer",
    "Request",
    "Response",
    "host_rule",
]
