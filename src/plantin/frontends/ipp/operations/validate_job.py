"""Validate-Job (RFC 8011 section 4.2.3): what Print-Job would say, without a job."""

from plantin.frontends.ipp.acceptance import prepare
from plantin.frontends.ipp.call import Call
from plantin.frontends.ipp.reply import Reply
from plantin.ipp import Status


async def handle(call: Call) -> Reply:
    """Checks everything and keeps nothing."""
    prepared = prepare(call, validating=True)
    if prepared.unsupported:
        return Reply(Status.SUCCESSFUL_OK_IGNORED_OR_SUBSTITUTED_ATTRIBUTES, unsupported=prepared.unsupported)
    return Reply()
