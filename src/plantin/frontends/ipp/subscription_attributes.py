"""The attributes of a subscription object (RFC 3995 sections 5.3, 5.4), and whose it is."""

from collections.abc import Sequence

from plantin.frontends.ipp import access, requested
from plantin.frontends.ipp.call import Call
from plantin.frontends.ipp.refusals import BadRequest, refused
from plantin.frontends.ipp.subscribing import NONE
from plantin.ipp import Attribute, Status
from plantin.ipp.attributes import charset, integer, keyword, language, name, octets, uri
from plantin.store.queries import subscriptions as queries
from plantin.store.queries.subscriptions import SubscriptionRecord

_GROUPS = frozenset({"all", "subscription-template", "subscription-description", "none"})


async def named_subscription(call: Call) -> SubscriptionRecord:
    """The subscription that notify-subscription-id means.

    Raises:
        BadRequest: it is missing.
        NotFound: there is none, or its lease is over.
    """
    call.require_target()
    number = call.integer("notify-subscription-id", least=1)
    if number is None:
        raise BadRequest("the request names no subscription: notify-subscription-id")
    return await call.context.store.read(queries.subscription, number, call.now_ms)


def require_subscriber(call: Call, subscription: SubscriptionRecord) -> None:
    """Refuses everybody but the subscriber and operators.

    Raises:
        Refusal: client-error-not-authorized.
    """
    if subscription.owner != call.user and not call.is_operator:
        raise refused(
            Status.CLIENT_ERROR_NOT_AUTHORIZED,
            "not-authorized",
            f"subscription {subscription.id} belongs to another user than {call.user!r}",
        )


def subscription_attributes(
    call: Call, subscription: SubscriptionRecord, default: Sequence[str]
) -> list[Attribute]:
    """The attributes of a subscription that are wanted; ``default`` when the request does not say."""
    wanted = call.wanted(_GROUPS, default)
    every = requested.wanted(("all",), _GROUPS, ()) if wanted.groups else wanted
    return [attribute for attribute in _all(call, subscription) if attribute.name in every]


def _all(call: Call, subscription: SubscriptionRecord) -> list[Attribute]:
    entry = call.context.directory.by_id(subscription.queue or 0)
    base = call.base
    printer_uri = base.queue_uri(entry.queue) if entry is not None else f"{base.scheme}://{base.authority}/"
    attributes = [
        integer("notify-subscription-id", subscription.id),
        keyword("notify-events", *(subscription.events or (NONE,))),
        keyword("notify-pull-method", "ippget"),
        charset("notify-charset", subscription.charset),
        language("notify-natural-language", subscription.language),
        integer("notify-sequence-number", subscription.sequence),
        uri("notify-printer-uri", printer_uri),
    ]
    if subscription.owner == call.user or access.is_operator(
        call.address, call.context.settings.admin_networks
    ):
        attributes.append(name("notify-subscriber-user-name", subscription.owner))
        if subscription.user_data:
            attributes.append(octets("notify-user-data", subscription.user_data))
    if subscription.job is not None:
        attributes.append(integer("notify-job-id", subscription.job))
    else:
        attributes.append(integer("notify-printer-up-time", call.now_ms // 1000))
        attributes.append(integer("notify-lease-duration", subscription.lease_s))
        attributes.append(integer("notify-lease-expiration-time", subscription.expires_at // 1000))
    return attributes
