"""Cancel-Subscription (RFC 3995 section 11.2.7)."""

from plantin.frontends.ipp.call import Call
from plantin.frontends.ipp.reply import Reply
from plantin.frontends.ipp.subscription_attributes import named_subscription, require_subscriber
from plantin.store.commands.subscriptions import unsubscribe


async def handle(call: Call) -> Reply:
    """Ends a subscription."""
    subscription = await named_subscription(call)
    require_subscriber(call, subscription)
    await call.context.store.write(unsubscribe, subscription.id)
    return Reply()
