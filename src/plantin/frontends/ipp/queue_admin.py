"""Operators' changes to a queue: permission, the change itself, and that the next request sees it."""

from typing import Any

from plantin.frontends.ipp.call import Call
from plantin.frontends.ipp.reply import Reply
from plantin.frontends.ipp.words import message
from plantin.store.commands import config


async def change_queue(call: Call, doing: str, **fields: Any) -> Reply:
    """Changes the queue that the request names; ``doing`` completes "… is for operators"."""
    call.require_operator(doing)
    entry = call.entry()
    told = call.name("printer-message-from-operator")
    if told is not None:
        fields["operator_message"] = message(told)
    await call.context.store.write(config.set_queue, entry.queue.name, actor=call.user, **fields)
    await call.context.directory.refresh()
    return Reply()


async def note_queue(call: Call, kind: str, text: str) -> None:
    """Writes an event of the queue that no field of it shows (restarted, shut down)."""
    entry = call.entry()
    await call.context.store.write(config.note_queue, entry.queue.id, kind, actor=call.user, text=text)


def state_message(call: Call, otherwise: str = "") -> str:
    """printer-state-message as the operator gave it."""
    return message(call.name("printer-state-message") or "") or otherwise
