"""Get-Subscription-Attributes (RFC 3995 section 11.2.4)."""

from plantin.frontends.ipp.call import Call
from plantin.frontends.ipp.reply import Reply, group
from plantin.frontends.ipp.subscription_attributes import named_subscription, subscription_attributes
from plantin.ipp import Tag


async def handle(call: Call) -> Reply:
    """Describes one subscription."""
    subscription = await named_subscription(call)
    return Reply(
        groups=group(Tag.SUBSCRIPTION_ATTRIBUTES, subscription_attributes(call, subscription, ("all",)))
    )
