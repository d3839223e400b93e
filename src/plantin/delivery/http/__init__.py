"""A small HTTP/1.1 client for IPP: POST one request, read one bounded answer, keep the connection (RFC
9112)."""

from plantin.delivery.http.connection import Connection
from plantin.delivery.http.message import Answer, Lost, Request, Transfer
from plantin.delivery.http.pool import Endpoint, Pool
from plantin.delivery.http.tls import CertificateChanged

__all__ = ["Answer", "CertificateChanged", "Connection", "Endpoint", "Lost", "Pool", "Request", "Transfer"]
