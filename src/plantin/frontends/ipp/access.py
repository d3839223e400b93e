"""Who may do what over IPP, until log-in exists.

An operator is whoever comes from loopback or from a network that the administrator named. The owner of a
job is whoever comes from the address the job came from and claims the owner's name; anybody on loopback is
as good. That a name is only a claim is said on the job itself (``plantin-owner-proof``). Other people see
that a job is there, but not its private attributes (the default of job-privacy-attributes).

Never asks for a password: Windows and Samba clients cannot answer, and a refusal has a reason instead.
"""

from collections.abc import Iterable
from functools import lru_cache
from ipaddress import IPv4Address, IPv6Address, ip_address
from typing import Final

from plantin.core.errors import Refusal
from plantin.core.model import JobRecord, QueueRecord
from plantin.frontends.ipp.context import Network

CLAIM: Final = "claim"
LOOPBACK: Final = "loopback"
PRIVATE_JOB_ATTRIBUTES: Final = frozenset(
    {
        "job-name",
        "job-originating-user-name",
        "job-originating-host-name",
        "original-requesting-user-name",
        "client-info",
        "document-metadata",
        "job-originating-user-uri",
        "plantin-client-address",
        "document-name-supplied",
        "job-account-id",
        "job-accounting-user-id",
        "job-message-to-operator",
    }
)
"""What others do not see of a job: ``job-privacy-attributes`` "default" as CUPS means it, and accounting."""


@lru_cache(maxsize=8192)
def parse_address(text: str) -> IPv4Address | IPv6Address | None:
    """The address, IPv4-mapped ones as IPv4; None for a UNIX socket or anything else."""
    try:
        address = ip_address(text.partition("%")[0])
    except ValueError:
        return None
    mapped = address.ipv4_mapped if isinstance(address, IPv6Address) else None
    return mapped or address


def is_loopback(address: str) -> bool:
    """Whether the peer sits on this machine (loopback, or a UNIX socket, which has no address)."""
    if not address:
        return True
    parsed = parse_address(address)
    return parsed is not None and parsed.is_loopback


@lru_cache(maxsize=8192)
def is_operator(address: str, networks: tuple[Network, ...]) -> bool:
    """Whether administration is taken from this address."""
    if is_loopback(address):
        return True
    parsed = parse_address(address)
    return parsed is not None and any(parsed in network for network in networks)


def require_operator(address: str, networks: tuple[Network, ...], doing: str) -> None:
    """Refuses administration from anywhere else.

    Raises:
        Refusal: client-error-forbidden.
    """
    if not is_operator(address, networks):
        raise Refusal(
            "not-authorized",
            f"{doing} is for operators; {address} is in none of their networks",
            status="client-error-forbidden",
        )


def owner_proof(address: str) -> str:
    """How the owner of a job from this address is known."""
    return LOOPBACK if is_loopback(address) else CLAIM


def owns(job: JobRecord, address: str, user: str) -> bool:
    """Whether the peer counts as the owner of the job."""
    return is_loopback(address) or (job.owner == user and _same_address(job.address, address))


def _same_address(one: str, other: str) -> bool:
    return one == other or (parse_address(one) is not None and parse_address(one) == parse_address(other))


def require_owner(job: JobRecord, address: str, user: str, networks: tuple[Network, ...], doing: str) -> None:
    """Refuses what only the owner or an operator may do.

    Raises:
        Refusal: client-error-not-authorized, saying what was missing.
    """
    if owns(job, address, user) or is_operator(address, networks):
        return
    if job.owner != user:
        why = f"it belongs to another user than {user!r}"
    else:
        why = f"it came from another address than {address}"
    raise Refusal(
        "not-authorized",
        f"{doing} job {job.id} is for its owner: {why}",
        status="client-error-not-authorized",
    )


def require_allowed(queue: QueueRecord, user: str) -> None:
    """Holds the user against the queue's lists (``requesting-user-name-allowed`` and ``-denied``).

    A name that begins with ``@`` is a group; groups come with the directory and match nobody until then.

    Raises:
        Refusal: client-error-not-authorized.
    """
    if queue.allowed_users and not _listed(queue.allowed_users, user):
        allowed = False
    else:
        allowed = not _listed(queue.denied_users, user)
    if not allowed:
        raise Refusal(
            "not-allowed",
            f"user {user!r} may not print on {queue.name}",
            status="client-error-not-authorized",
        )


def require_shared(queue: QueueRecord, address: str) -> None:
    """Keeps a queue that is not shared (printer-is-shared) for clients on this machine.

    Raises:
        Refusal: client-error-not-authorized.
    """
    if not queue.shared and not is_loopback(address):
        raise Refusal(
            "not-shared", f"{queue.name} is not shared with the network", status="client-error-not-authorized"
        )


def may_see(queue: QueueRecord, user: str) -> bool:
    """Whether the queue is shown to a user who asks which queues there are for him."""
    if queue.allowed_users:
        return _listed(queue.allowed_users, user)
    return not _listed(queue.denied_users, user)


def _listed(names: Iterable[str], user: str) -> bool:
    return any(name == user or name == "all" for name in names)
