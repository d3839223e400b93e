"""Queues and devices as CUPS' tools think of them: one printer with one device-uri, classes of printers.

``lpadmin -p q -v URI`` makes a device called ``q`` with a queue of that name, or changes both.
"""

import json
from collections.abc import Sequence
from typing import Any

from plantin.core.errors import NotFound, Refusal
from plantin.store.commands import config
from plantin.store.models import Device, Queue, QueueDevice

CLASS_MEMBERS = "class-members"
"""The option of a class that has the names of its members as they were given: several queues may feed one
device, so they cannot be told from the devices."""


def add_modify_printer(name: str, uri: str | None, fields: dict[str, Any], actor: str) -> None:
    """Adds a queue, or changes the one that is there.

    Args:
        uri: the device-uri; None: leave the device as it is (a new queue waits for one).
        fields: settings of the queue.

    Raises:
        Refusal: the queue is a class, or the name is none.
    """
    queue = Queue.objects.filter(name=name).first()
    if queue is not None and queue.is_class:
        raise Refusal("exists", f"{name!r} is a class")
    devices = None if uri is None else [_device_for(name, queue, uri, actor)]
    if queue is None:
        config.add_queue(name, devices or [], actor=actor, **fields)
    else:
        config.set_queue(name, devices=devices, actor=actor, **fields)


def _device_for(name: str, queue: Queue | None, uri: str, actor: str) -> str:
    """The device that the queue shall feed: the one it has, one with this URI, or a new one."""
    fed = [] if queue is None else list(QueueDevice.objects.filter(queue=queue).select_related("device"))
    if len(fed) == 1:
        device = fed[0].device
        if device.uri == uri:
            return device.name
        if not QueueDevice.objects.filter(device=device).exclude(queue=queue).exists():
            config.set_device(device.name, actor=actor, uri=uri)
            return device.name
    same = Device.objects.filter(uri=uri).order_by("pk").first()
    if same is not None:
        return same.name
    free = name if not Device.objects.filter(name=name).exists() else _free_name(name)
    config.add_device(free, uri, actor=actor)
    return free


def _free_name(name: str) -> str:
    for number in range(2, 1000):
        candidate = f"{name}-{number}"
        if not Device.objects.filter(name=candidate).exists():
            return candidate
    raise Refusal("exists", f"there are too many devices called {name!r}")


def add_modify_class(name: str, members: Sequence[str] | None, fields: dict[str, Any], actor: str) -> None:
    """Adds a class, or changes the one that is there: a queue that feeds the devices of all its members.

    Args:
        members: names of queues or devices; None: leave them as they are.

    Raises:
        NotFound: there is no such queue or device.
        Refusal: the name is that of a queue that is no class.
    """
    queue = Queue.objects.filter(name=name).first()
    if queue is not None and not queue.is_class:
        raise Refusal("exists", f"{name!r} is a queue, not a class")
    options = json.loads(queue.options or "{}") if queue is not None else {}
    if members is not None:
        # lpadmin sends back the members that it was told, and one of them may be removed since.
        told = set(options.get(CLASS_MEMBERS, ()))
        members = [member for member in members if member not in told or _exists(member)]
    devices = None if members is None else _devices_of(members)
    if members is not None:
        fields = {**fields, "options": {**options, CLASS_MEMBERS: list(dict.fromkeys(members))}}
    if queue is None:
        config.add_queue(name, devices or [], actor=actor, is_class=True, **fields)
    else:
        config.set_queue(name, devices=devices, actor=actor, **fields)


def _exists(member: str) -> bool:
    return any(kind.objects.filter(name=member).exists() for kind in (Queue, Device))


def _devices_of(members: Sequence[str]) -> list[str]:
    names: dict[str, None] = {}
    for member in members:
        queue = Queue.objects.filter(name=member).first()
        if queue is not None:
            fed = QueueDevice.objects.filter(queue=queue).order_by("position")
            names.update(dict.fromkeys(fed.values_list("device__name", flat=True)))
        elif Device.objects.filter(name=member).exists():
            names[member] = None
        else:
            raise NotFound(f"there is no queue or device {member!r}")
    return list(names)


def delete_printer(name: str, actor: str) -> None:
    """Removes a queue with its jobs, and its device when it bears the same name and nobody else feeds it."""
    queue = Queue.objects.filter(name=name).first()
    if queue is None:
        raise NotFound(f"there is no queue {name!r}")
    config.remove_queue(name, actor=actor)
    device = Device.objects.filter(name=name).first()
    if device is not None and not QueueDevice.objects.filter(device=device).exists():
        try:
            config.remove_device(name, actor=actor)
        except Refusal:
            return  # jobs of other queues remember it; it does no harm
