"""Queues and devices, read as records. Ten thousand of them load in well under a second."""

import json
import sys
from collections.abc import Sequence
from typing import Any

from plantin.core.errors import NotFound
from plantin.core.ids import DeviceId, QueueId
from plantin.core.model import DeviceRecord, QueueMode, QueueRecord, UnknownPolicy
from plantin.store import sql
from plantin.store.commands.config import chosen_default_queue, default_queue

__all__ = ["chosen_default_queue", "default_queue", "device", "devices", "queue", "queues"]

_DEVICE = (
    "d.id,d.uuid,d.name,d.uri,s.name,d.info,d.location,d.make_model,d.paused,d.state,d.state_reasons,"
    "d.state_message,d.state_at,d.capabilities,d.capabilities_at,d.supplies,d.tls_pin,d.options,d.version"
)
_QUEUE = (
    "q.id,q.uuid,q.name,q.mode,q.info,q.location,s.name,q.is_class,q.accepting,q.enabled,q.hold_new_jobs,"
    "q.deactivated,q.shutdown,q.state_message,q.state_at,q.config_at,q.created_at,q.shared,q.defaults,"
    "q.allowed_users,q.denied_users,q.unknown_policy,q.error_policy,q.expire_after_s,q.operator_message,"
    "q.geo_location,q.organization,q.organizational_unit,q.options,q.version"
)


_SHARED_CHARS_MAX = 32
_WELL = ("none",)


def _shared(value: Any) -> Any:
    """The same object for texts that thousands of rows have (sites, options, policies): a process that knows
    ten thousand devices keeps each once."""
    return sys.intern(value) if type(value) is str and len(value) < _SHARED_CHARS_MAX else value


def _device_of(row: tuple[Any, ...]) -> DeviceRecord:
    values = [_shared(value) for value in row]
    values[8] = bool(row[8])
    values[10] = _WELL if row[10] == "none" else tuple(row[10].split()) or _WELL
    values[13] = bytes(row[13])
    return DeviceRecord(*values)


def _users(text: str) -> tuple[str, ...]:
    return () if text == "[]" else tuple(json.loads(text))


def devices(only: Sequence[int] | None = None) -> list[DeviceRecord]:
    """Every device, or those of ``only`` that exist, by id."""
    where = "" if only is None else f"WHERE d.id IN ({sql.marks(only) or -1})"
    return sql.select(
        f"SELECT {_DEVICE} FROM store_device d JOIN store_site s ON s.id = d.site_id {where} ORDER BY d.id",
        only or [],
        _device_of,
    )


def device(name: str) -> DeviceRecord:
    """The device called ``name``.

    Raises:
        NotFound: there is none.
    """
    found = sql.select(
        f"SELECT {_DEVICE} FROM store_device d JOIN store_site s ON s.id = d.site_id WHERE d.name = %s",
        [name],
        _device_of,
    )
    if not found:
        raise NotFound(f"there is no device {name!r}")
    return found[0]


def _fed(where: str, parameters: list[Any]) -> dict[int, list[DeviceId]]:
    fed: dict[int, list[DeviceId]] = {}
    for queue_id, device_id in sql.select(
        f"SELECT queue_id, device_id FROM store_queuedevice {where} ORDER BY queue_id, position",
        parameters,
        lambda row: (int(row[0]), DeviceId(row[1])),
    ):
        fed.setdefault(queue_id, []).append(device_id)
    return fed


def _queue_of(found: tuple[Any, ...], fed: dict[int, list[DeviceId]]) -> QueueRecord:
    row = [_shared(value) for value in found]
    return QueueRecord(
        id=QueueId(row[0]),
        uuid=row[1],
        name=row[2],
        mode=QueueMode(row[3]),
        devices=tuple(fed.get(row[0], ())),
        info=row[4],
        location=row[5],
        site=row[6],
        is_class=bool(row[7]),
        accepting=bool(row[8]),
        enabled=bool(row[9]),
        hold_new_jobs=bool(row[10]),
        deactivated=bool(row[11]),
        shutdown=bool(row[12]),
        state_message=row[13],
        state_at=row[14],
        config_at=row[15],
        created_at=row[16],
        shared=bool(row[17]),
        defaults=bytes(row[18]),
        allowed_users=_users(row[19]),
        denied_users=_users(row[20]),
        unknown_policy=UnknownPolicy(row[21]),
        error_policy=row[22],
        expire_after_s=row[23],
        operator_message=row[24],
        geo_location=row[25],
        organization=row[26],
        organizational_unit=row[27],
        options=row[28],
        version=row[29],
    )


def queues(only: Sequence[int] | None = None) -> list[QueueRecord]:
    """Every queue, or those of ``only`` that exist, by id."""
    marks = "" if only is None else sql.marks(only) or "-1"
    fed = _fed("" if only is None else f"WHERE queue_id IN ({marks})", list(only or []))
    where = "" if only is None else f"WHERE q.id IN ({marks})"
    return sql.select(
        f"SELECT {_QUEUE} FROM store_queue q JOIN store_site s ON s.id = q.site_id {where} ORDER BY q.id",
        only or [],
        lambda row: _queue_of(row, fed),
    )


def queue(name: str) -> QueueRecord:
    """The queue called ``name``.

    Raises:
        NotFound: there is none.
    """
    found = sql.select(
        f"SELECT {_QUEUE} FROM store_queue q JOIN store_site s ON s.id = q.site_id WHERE q.name = %s",
        [name],
        lambda row: _queue_of(row, _fed("WHERE queue_id = %s", [row[0]])),
    )
    if not found:
        raise NotFound(f"there is no queue {name!r}")
    return found[0]
