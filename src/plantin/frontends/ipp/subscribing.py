"""Subscription requests: the subscription groups of Print-Job, Create-Job and the Create-…-Subscriptions
operations, and what is answered for each (RFC 3995 sections 5.3, 11.1).

Only the pull method ippget is done. A subscription with a recipient (``lp -m`` sends mailto:) is not made,
and its group says so; the job itself is not harmed by it.
"""

from dataclasses import dataclass
from typing import Final

from plantin.core.errors import Refusal
from plantin.core.ids import JobId
from plantin.core.limits import LEASE_SECONDS_MAX
from plantin.frontends.ipp.call import Call
from plantin.frontends.ipp.directory import QueueEntry
from plantin.frontends.ipp.refusals import BadRequest, status_of
from plantin.frontends.ipp.reply import Reply, group
from plantin.frontends.ipp.words import user_name
from plantin.ipp import Attribute, Group, Status, Tag
from plantin.ipp.attributes import enum, integer, keyword, unsupported
from plantin.store.commands.subscriptions import NewSubscription, subscribe
from plantin.store.queries.subscriptions import NOTIFY_EVENTS

EVERY: Final = "all"
NONE: Final = "none"
_DEFAULT_EVENTS: Final = ("job-completed",)
_USER_DATA_OCTETS_MAX: Final = 63
_CUPS_NOTIFIERS: Final = frozenset({"mailto", "rss", "dbus"})
"""Push methods of cupsd, whose users look for another way when they are refused. Any other recipient is
replaced by ippget, and the answer says so."""
_KNOWN: Final = frozenset(
    {
        "notify-attributes",
        "notify-charset",
        "notify-events",
        "notify-job-id",
        "notify-lease-duration",
        "notify-natural-language",
        "notify-printer-uri",
        "notify-pull-method",
        "notify-recipient-uri",
        "notify-time-interval",
        "notify-user-data",
        "requesting-user-name",
    }
)


@dataclass(slots=True)
class Wish:
    """One subscription group of a request, read."""

    subscription: NewSubscription | None
    """None: it cannot be made."""
    status: Status = Status.SUCCESSFUL_OK
    ignored: tuple[Attribute, ...] = ()


def read_wish(call: Call, asked: Group, *, of_job: bool) -> Wish:
    """What a subscription group asks for.

    Raises:
        BadRequest: it names neither a pull method nor a recipient, or has a wrong syntax.
    """
    recipient = asked.string("notify-recipient-uri")
    method = asked.string("notify-pull-method")
    if recipient is None and method is None:
        raise BadRequest("a subscription needs notify-pull-method (or notify-recipient-uri)")
    substituted: list[Attribute] = []
    if recipient is not None:
        attribute = asked.get("notify-recipient-uri")
        substituted = [attribute] if attribute is not None else []
        if recipient.partition(":")[0].lower() in _CUPS_NOTIFIERS:
            return Wish(None, Status.CLIENT_ERROR_URI_SCHEME_NOT_SUPPORTED, tuple(substituted))
    elif method != "ippget":
        attribute = asked.get("notify-pull-method")
        return Wish(
            None,
            Status.CLIENT_ERROR_ATTRIBUTES_OR_VALUES_NOT_SUPPORTED,
            (attribute,) if attribute is not None else (),
        )
    events, ignored = _events(asked)
    ignored += substituted
    user_data = asked.first("notify-user-data", b"")
    if not isinstance(user_data, bytes) or len(user_data) > _USER_DATA_OCTETS_MAX:
        raise BadRequest(f"notify-user-data must be {_USER_DATA_OCTETS_MAX} octets or less")
    ignored += [unsupported(attribute.name) for attribute in asked if attribute.name not in _KNOWN]
    name = asked.string("requesting-user-name")
    made = NewSubscription(
        events=tuple(events),
        owner=user_name(name) if name else call.user,
        user_data=user_data,
        charset="utf-8",
        language="en",
        interval=max(0, asked.integer("notify-time-interval") or 0),
        lease_s=0 if of_job else granted_lease(call, asked.integer("notify-lease-duration")),
    )
    status = Status.SUCCESSFUL_OK_IGNORED_OR_SUBSTITUTED_ATTRIBUTES if ignored else Status.SUCCESSFUL_OK
    return Wish(made, status, tuple(ignored))


def _harmless_wish(call: Call, asked: Group) -> Wish:
    try:
        return read_wish(call, asked, of_job=True)
    except Refusal as refusal:
        return Wish(None, status_of(refusal))


def granted_lease(call: Call, asked: int | None) -> int:
    """Seconds that a lease may run; 0, which asks for no end, is granted as the longest."""
    if asked is None:
        return call.context.settings.notify_lease_default_s
    return LEASE_SECONDS_MAX if asked <= 0 else min(asked, LEASE_SECONDS_MAX)


def _events(asked: Group) -> tuple[list[str], list[Attribute]]:
    words = asked.strings("notify-events") or _DEFAULT_EVENTS
    if EVERY in words:
        return list(NOTIFY_EVENTS), []
    good = [word for word in words if word in NOTIFY_EVENTS]
    bad = [word for word in words if word not in NOTIFY_EVENTS and word != NONE]
    return good, [keyword("notify-events", *bad)] if bad else []


async def make(
    call: Call, groups: list[Group], *, queue: int | None, job: int | None, from_start: bool = False
) -> tuple[list[Status], bytes]:
    """Makes the subscriptions of a request.

    Args:
        from_start: they came with a new job, which is accepted already: a group that is wrong costs only the
            subscription, and its own status says so.

    Returns:
        The status of each, and the subscription groups of the answer.
    """
    if from_start:
        wishes = [_harmless_wish(call, asked) for asked in groups]
    else:
        wishes = [read_wish(call, asked, of_job=job is not None) for asked in groups]
    wanted = [wish.subscription for wish in wishes if wish.subscription is not None]
    answers = iter(
        await call.context.store.write(
            subscribe,
            wanted,
            queue=queue,
            job=job,
            now=call.now_ms,
            from_start=from_start,
            most=call.context.settings.subscriptions_max,
        )
        if wanted
        else []
    )
    statuses: list[Status] = []
    parts = []
    for wish in wishes:
        attributes = list(wish.ignored)
        status = wish.status
        if wish.subscription is not None:
            answer = next(answers)
            if isinstance(answer, Refusal):
                status = status_of(answer)
            else:
                attributes.append(integer("notify-subscription-id", answer))
                if job is None:
                    attributes.append(integer("notify-lease-duration", wish.subscription.lease_s))
        if status is not Status.SUCCESSFUL_OK:
            attributes.append(enum("notify-status-code", status))
        statuses.append(status)
        parts.append(group(Tag.SUBSCRIPTION_ATTRIBUTES, attributes))
    return statuses, b"".join(parts)


def overall(statuses: list[Status], groups: bytes) -> Reply:
    """The answer to a request for subscriptions: all made, some made, none made."""
    made = [status for status in statuses if status < Status.CLIENT_ERROR_BAD_REQUEST]
    if len(made) == len(statuses):
        return Reply(groups=groups)
    text = f"{len(made)} of {len(statuses)} subscriptions were made; notify-status-code says why"
    if made:
        return Reply(Status.SUCCESSFUL_OK_IGNORED_SUBSCRIPTIONS, text, groups=groups)
    full = Status.CLIENT_ERROR_TOO_MANY_SUBSCRIPTIONS
    status = full if set(statuses) == {full} else Status.CLIENT_ERROR_IGNORED_ALL_SUBSCRIPTIONS
    return Reply(status, text, groups=groups)


async def attach(call: Call, job: JobId, entry: QueueEntry) -> bytes:
    """The subscriptions that came with a new job: their groups for the answer, empty when there were none."""
    groups = call.message.groups_of(Tag.SUBSCRIPTION_ATTRIBUTES)
    if not groups:
        return b""
    _, octets = await make(call, groups, queue=entry.queue.id, job=job, from_start=True)
    return octets
