"""``plantin export``: all devices and queues as a TOML file that ``plantin import`` reads.

What an administrator has set is in it; what devices said of themselves and the history of jobs are not.
"""

import base64
import json
from collections.abc import Iterable, Mapping
from dataclasses import MISSING, fields
from pathlib import Path
from typing import Any

import click

from plantin.cli.group import installation
from plantin.cli.output import plural
from plantin.cli.tables import DEVICE_KEYS, QUEUE_KEYS
from plantin.core.errors import Refusal
from plantin.core.model import DeviceRecord, QueueRecord
from plantin.store.queries import config as queries


@click.command("export")
@click.argument("file", type=click.Path(dir_okay=False, path_type=Path, allow_dash=True))
def export_file(file: Path) -> None:
    """Write all devices and queues to FILE, a .toml; - is standard output."""
    installation()
    devices, queues = queries.devices(), queries.queues()
    names = {record.id: record.name for record in devices}
    default = queries.default_queue()
    tables = [
        *(("device", _device(record)) for record in devices),
        *(("queue", _queue(record, names, record.name == default)) for record in queues),
    ]
    text = "\n".join(_table(kind, values) for kind, values in tables)
    if str(file) == "-":
        click.echo(text, nl=False)
        return
    if file.suffix.lower() != ".toml":
        raise Refusal(
            "bad-file", f"{file}: its name does not end in .toml, so plantin import would not read it"
        )
    file.write_text(text, "utf-8")
    click.echo(f"{plural(len(devices), 'device')} and {plural(len(queues), 'queue')} written to {file}")


def _device(record: DeviceRecord) -> dict[str, Any]:
    values = {key: getattr(record, key) for key in DEVICE_KEYS}
    values["options"] = json.loads(record.options or "{}")
    return _named(values, record)


def _queue(record: QueueRecord, devices: Mapping[Any, str], is_default: bool) -> dict[str, Any]:
    values = {
        key: getattr(record, key) for key in QUEUE_KEYS if key not in ("default", "defaults", "devices")
    }
    values |= {
        "devices": [devices[one] for one in record.devices if one in devices],
        "mode": record.mode.value,
        "unknown_policy": record.unknown_policy.value,
        "defaults": base64.b64encode(record.defaults).decode(),
        "default": is_default,
    }
    return _named(values, record)


def _named(values: dict[str, Any], record: DeviceRecord | QueueRecord) -> dict[str, Any]:
    """Without what is as it would be anyway."""
    usual = {item.name: item.default for item in fields(record) if item.default is not MISSING}
    usual |= {"options": {}, "default": False, "defaults": ""}
    return {
        key: value
        for key, value in values.items()
        if key in ("name", "site") or (value != usual.get(key, "") and value not in ([], (), b""))
    }


def _table(kind: str, values: Mapping[str, Any]) -> str:
    lines = [f"{key} = {_toml(value)}" for key, value in values.items()]
    return "\n".join([f"[[{kind}]]", *lines, ""])


def _toml(value: Any) -> str:
    match value:
        case bool():
            return str(value).lower()
        case int() | float():
            return str(value)
        case str():
            return json.dumps(value, ensure_ascii=False)
        case dict():
            return f"{{ {_joined(f'{json.dumps(key)} = {_toml(one)}' for key, one in value.items())} }}"
    return f"[{_joined(_toml(one) for one in value)}]"


def _joined(parts: Iterable[str]) -> str:
    return ", ".join(parts)
