"""Renew-Subscription (RFC 3995 section 11.2.6)."""

from plantin.frontends.ipp.call import Call
from plantin.frontends.ipp.refusals import refused
from plantin.frontends.ipp.reply import Reply, group
from plantin.frontends.ipp.subscribing import granted_lease
from plantin.frontends.ipp.subscription_attributes import named_subscription, require_subscriber
from plantin.ipp import Status, Tag
from plantin.ipp.attributes import integer
from plantin.store.commands.subscriptions import renew


async def handle(call: Call) -> Reply:
    """Lets the lease begin anew, and says for how long it runs."""
    subscription = await named_subscription(call)
    require_subscriber(call, subscription)
    if subscription.job is not None:
        raise refused(
            Status.CLIENT_ERROR_NOT_POSSIBLE,
            "not-possible",
            f"subscription {subscription.id} lasts as long as its job and has no lease",
        )
    asked = call.integer("notify-lease-duration")
    if asked is None:
        own = call.message.group(Tag.SUBSCRIPTION_ATTRIBUTES)
        asked = own.integer("notify-lease-duration") if own is not None else None
    lease = granted_lease(call, asked)
    await call.context.store.write(renew, subscription.id, lease, call.now_ms)
    return Reply(groups=group(Tag.SUBSCRIPTION_ATTRIBUTES, [integer("notify-lease-duration", lease)]))
