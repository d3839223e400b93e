"""What a queue, device or site may be called, and how a name is matched.

CUPS' rule, so that every client tool can address what Plantin names: 1 to 127 printable characters
without space, ``/``, ``#``, ``?``, quotes, backslash or control characters. Names are case-sensitive.
"""

from plantin.core.errors import Refusal

NAME_OCTETS_MAX = 127
_FORBIDDEN = frozenset(" \t\r\n/#?\"'\\<>%")


def check_name(kind: str, name: str) -> str:
    """``name`` itself if it may name a ``kind`` ("queue", "device", "site").

    Raises:
        Refusal: says which character or length is wrong.
    """
    if not name:
        raise Refusal("bad-name", f"a {kind} needs a name", status="client-error-bad-request")
    size = len(name.encode("utf-8", "surrogatepass"))
    if size > NAME_OCTETS_MAX:
        raise Refusal(
            "bad-name",
            f"the {kind} name has {size} octets; {NAME_OCTETS_MAX} is the most",
            status="client-error-bad-request",
        )
    if name[0] in "-.":
        raise Refusal(
            "bad-name", f"a {kind} name cannot begin with {name[0]!r}", status="client-error-bad-request"
        )
    for char in name:
        if char in _FORBIDDEN or not char.isprintable():
            raise Refusal(
                "bad-name", f"a {kind} name cannot hold {char!r}: {name!r}", status="client-error-bad-request"
            )
    return name
