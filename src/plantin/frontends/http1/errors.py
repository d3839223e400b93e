"""What can go wrong between a client and a handler, as typed errors."""

from plantin.core.errors import PlantinError


class HttpError(PlantinError):
    """The request ends with this HTTP status and one line of text; handlers may raise it too.

    Args:
        status: the HTTP status code, 400 to 599.
        text: one sentence for the client, without a full stop at its end.
        reason: the keyword that goes into logs and metrics.
    """

    def __init__(self, status: int, text: str, *, reason: str = "bad-request") -> None:
        super().__init__(reason, text)
        self.status = status


class BodyTooLarge(HttpError):
    """The request body has more octets than the handler wanted (413)."""

    def __init__(self, limit: int) -> None:
        super().__init__(
            413,
            f"the request body has more than {limit} octets, the most taken here",
            reason="body-too-large",
        )


class ClientGone(PlantinError):
    """The client closed the connection, or it broke, before the exchange was over."""

    def __init__(self, text: str) -> None:
        super().__init__("client-gone", text)
