"""Identify-Printer (PWG 5100.13 section 5.1): the devices of a queue show themselves."""

from plantin.frontends.ipp import access
from plantin.frontends.ipp.call import Call
from plantin.frontends.ipp.printer.server_wide import IDENTIFY_ACTIONS
from plantin.frontends.ipp.refusals import Unsupported
from plantin.frontends.ipp.reply import Reply
from plantin.frontends.ipp.words import message
from plantin.ipp.attributes import keyword


async def handle(call: Call) -> Reply:
    """Asks each device of the queue to flash, sound or display; a device that cannot is none the worse."""
    entry = call.entry()
    access.require_allowed(entry.queue, call.user)
    actions = call.keywords("identify-actions") or ("display",)
    unknown = [action for action in actions if action not in IDENTIFY_ACTIONS]
    if unknown:
        raise Unsupported(
            f"identify-actions {', '.join(unknown)} is not supported", [keyword("identify-actions", *unknown)]
        )
    text = message(call.name("message") or "")
    for device in entry.devices:
        call.context.identify(device, actions, text)
    return Reply()
