"""Many devices and queues at once, with a few statements for a thousand of them.

Each leaves the same rows and the same events as one by one (:mod:`plantin.store.commands.config`). The caller
has checked the names and that they are free; a clash that came meanwhile fails the transaction as a whole.
"""

import os
from collections.abc import Sequence
from typing import Any, NamedTuple

from django.db import IntegrityError

from plantin.core.errors import Refusal
from plantin.core.ids import uuid7
from plantin.core.model import QueueMode
from plantin.store.commands import config
from plantin.store.commands.events import EventRow, record
from plantin.store.models import Device, Queue, QueueDevice


class NewDevice(NamedTuple):
    """A device to be added. ``fields`` are further settings, as for :func:`config.add_device`."""

    name: str
    uri: str
    site: str
    fields: dict[str, Any]


class NewQueue(NamedTuple):
    """A queue to be added. ``fields`` are further settings, as for :func:`config.add_queue`."""

    name: str
    devices: tuple[str, ...]
    mode: str
    site: str
    fields: dict[str, Any]


def add_devices(rows: Sequence[NewDevice], actor: str) -> None:
    """Adds all of them, or none.

    Raises:
        Refusal: a name was taken meanwhile.
    """
    now, version = config.now_ms(), config.next_version()
    sites = {name: config.site(name) for name in {row.site for row in rows}}
    made = [
        Device(
            uuid=uuid7(now, os.urandom(10)),
            name=row.name,
            uri=row.uri,
            site=sites[row.site],
            created_at=now,
            version=version + place,
            **config.device_values(row.fields),
        )
        for place, row in enumerate(rows)
    ]
    try:
        stored = Device.objects.bulk_create(made)
    except IntegrityError as error:
        raise Refusal("exists", f"a device of this name was added meanwhile: {error}") from None
    record(
        EventRow(now, "device-added", device=one.pk, actor=actor, text=f"{one.name} at {one.uri}")
        for one in stored
    )


def add_queues(rows: Sequence[NewQueue], actor: str) -> None:
    """Adds all of them, or none.

    Raises:
        Refusal: a name was taken, or a device removed, meanwhile.
    """
    now, version = config.now_ms(), config.next_version()
    sites = {name: config.site(name) for name in {row.site for row in rows}}
    wanted = {name for row in rows for name in row.devices}
    devices = dict(Device.objects.filter(name__in=wanted).values_list("name", "pk"))
    if missing := sorted(wanted - devices.keys()):
        raise Refusal("not-found", f"device {missing[0]!r} was removed meanwhile")
    made = [
        Queue(
            uuid=uuid7(now, os.urandom(10)),
            name=row.name,
            mode=QueueMode(row.mode).value,
            site=sites[row.site],
            state_at=now,
            config_at=now,
            created_at=now,
            version=version + place,
            **config.queue_values(row.fields),
        )
        for place, row in enumerate(rows)
    ]
    try:
        stored = Queue.objects.bulk_create(made)
    except IntegrityError as error:
        raise Refusal("exists", f"a queue of this name was added meanwhile: {error}") from None
    QueueDevice.objects.bulk_create(
        QueueDevice(queue=queue, device_id=devices[name], position=position)
        for queue, row in zip(stored, rows, strict=True)
        for position, name in enumerate(dict.fromkeys(row.devices))
    )
    record(
        EventRow(
            now,
            "queue-added",
            queue=queue.pk,
            actor=actor,
            text=f"{queue.name} feeds {', '.join(row.devices) or 'no device'}",
        )
        for queue, row in zip(stored, rows, strict=True)
    )
