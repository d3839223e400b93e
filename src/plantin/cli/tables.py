"""The files that ``plantin import`` reads: CSV (one machine to a line) and TOML (every setting).

Reads and checks the form only: whether names are free and addresses good, the command asks. Every row knows
its place in the file.
"""

import base64
import csv
import re
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final, NamedTuple

from plantin.core.errors import Refusal
from plantin.core.limits import TEXT_OCTETS_MAX

FILE_OCTETS_MAX: Final = 64 * 1024 * 1024
CSV_COLUMNS: Final = ("device", "uri", "queue", "mode", "site", "info", "location")
DEVICE_KEYS: Final[Mapping[str, type]] = {
    "name": str,
    "uri": str,
    "site": str,
    "info": str,
    "location": str,
    "options": dict,
    "tls_pin": str,
    "paused": bool,
}
QUEUE_KEYS: Final[Mapping[str, type]] = {
    "name": str,
    "devices": list,
    "mode": str,
    "site": str,
    "info": str,
    "location": str,
    "accepting": bool,
    "enabled": bool,
    "hold_new_jobs": bool,
    "shared": bool,
    "allowed_users": list,
    "denied_users": list,
    "unknown_policy": str,
    "error_policy": str,
    "expire_after_s": int,
    "organization": str,
    "organizational_unit": str,
    "geo_location": str,
    "operator_message": str,
    "is_class": bool,
    "defaults": str,
    "default": bool,
}
_KINDS: Final = {
    str: "a string",
    bool: "true or false",
    int: "a whole number of 0 or more",
    list: "a list of strings",
    dict: "a table",
}


class WrongRow(NamedTuple):
    """Something is wrong at a place of the file."""

    place: str
    text: str

    def __str__(self) -> str:
        return f"{self.place}: {self.text}"


@dataclass(frozen=True, slots=True)
class Row:
    """A device or a queue that the file wants."""

    place: str
    """Where it stands, for people: ``line 7``."""
    name: str
    uri: str = ""
    devices: tuple[str, ...] = ()
    mode: str = ""
    is_default: bool = False
    fields: dict[str, Any] = field(default_factory=dict)
    """Further settings, only those that the file names."""

    @property
    def site(self) -> str:
        return str(self.fields.get("site", "main"))


@dataclass(slots=True)
class Wanted:
    """All that the file wants, in its order."""

    file: str
    devices: list[Row] = field(default_factory=list)
    queues: list[Row] = field(default_factory=list)
    _seen: dict[tuple[str, str], str] = field(default_factory=dict)

    def add(self, kind: str, row: Row) -> None:
        """Takes a row.

        Raises:
            Refusal: the file has it twice.
        """
        before = self._seen.setdefault((kind, row.name), row.place)
        if before is not row.place:
            raise _wrong(f"{self.file}: {row.place}", f"{kind} {row.name!r} stands at {before} already")
        (self.devices if kind == "device" else self.queues).append(row)


def _wrong(place: str, text: str) -> Refusal:
    return Refusal("bad-file", f"{place}: {text}; nothing was imported")


def read(file: Path) -> Wanted:
    """What the file wants.

    Raises:
        Refusal: the file can't be read as what its name says; with the line.
    """
    if file.stat().st_size > FILE_OCTETS_MAX:
        raise _wrong(str(file), f"it is larger than {FILE_OCTETS_MAX} octets")
    try:
        text = file.read_text("utf-8-sig")
    except UnicodeDecodeError as error:
        raise _wrong(str(file), f"it is not UTF-8 at octet {error.start}") from None
    if file.suffix.lower() == ".toml":
        return _read_toml(str(file), text)
    if file.suffix.lower() == ".csv":
        return _read_csv(str(file), text)
    raise _wrong(str(file), "its name ends neither in .csv nor in .toml")


# CSV


def _read_csv(file: str, text: str) -> Wanted:
    head = text.partition("\n")[0]
    delimiter = max(",;\t", key=head.count)
    reader = csv.reader(text.splitlines(), delimiter=delimiter, strict=True)
    wanted = Wanted(file)
    try:
        columns = [name.strip().lower() for name in next(reader, [])]
        _check_columns(file, columns)
        for cells in reader:
            if any(cell.strip() for cell in cells):
                _csv_row(f"{file}: line {reader.line_num}", columns, cells, wanted)
    except csv.Error as error:
        raise _wrong(f"{file}: line {reader.line_num}", str(error)) from None
    return wanted


def _check_columns(file: str, columns: list[str]) -> None:
    if unknown := [name for name in columns if name not in CSV_COLUMNS]:
        known = ", ".join(CSV_COLUMNS)
        raise _wrong(f"{file}: line 1", f"there is no column {unknown[0]!r}; there are {known}")
    if len(set(columns)) != len(columns):
        raise _wrong(f"{file}: line 1", "a column stands there twice")
    if "queue" not in columns and "device" not in columns:
        raise _wrong(f"{file}: line 1", "the heading names neither a column device nor a column queue")


def _csv_row(place: str, columns: list[str], cells: list[str], wanted: Wanted) -> None:
    if len(cells) > len(columns):
        raise _wrong(place, f"it has {len(cells)} cells; the heading has {len(columns)}")
    values = {name: cell.strip() for name, cell in zip(columns, cells, strict=False) if cell.strip()}
    queue, uri, mode = values.pop("queue", ""), values.pop("uri", ""), values.pop("mode", "")
    devices = tuple(dict.fromkeys(values.pop("device", "").split()))
    for name, value in values.items():
        _check_text(place, name, value)
    short = place.rpartition(": ")[2]
    if uri:
        if len(devices) > 1:
            raise _wrong(place, "it names one address and several devices")
        devices = devices or ((queue,) if queue else ())
        if not devices:
            raise _wrong(place, "it names an address, but neither a device nor a queue")
        wanted.add("device", Row(short, devices[0], uri=uri, fields=dict(values)))
    if queue:
        wanted.add("queue", Row(short, queue, devices=devices, mode=mode, fields=dict(values)))
    elif mode:
        raise _wrong(place, "it names a mode, but no queue")
    elif not uri:
        raise _wrong(place, "it names neither an address for its device nor a queue")


# TOML


def _read_toml(file: str, text: str) -> Wanted:
    try:
        content = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise _wrong(file, str(error)) from None
    wanted = Wanted(file)
    if unknown := sorted(content.keys() - {"device", "queue"}):
        raise _wrong(file, f"there is no section [[{unknown[0]}]]; there are [[device]] and [[queue]]")
    for kind, keys in (("device", DEVICE_KEYS), ("queue", QUEUE_KEYS)):
        tables = content.get(kind, [])
        if not isinstance(tables, list) or not all(isinstance(table, dict) for table in tables):
            raise _wrong(file, f"write [[{kind}]] in double brackets")
        for place, table in zip(_places(text, kind), tables, strict=False):
            _check_table(f"{file}: {place}", kind, keys, table)
            wanted.add(kind, _toml_row(place, table))
    return wanted


def _places(text: str, kind: str) -> Iterator[str]:
    """The lines on which the tables of a kind begin; the number of the table where no line tells."""
    heading = re.compile(rf"\s*\[\[\s*{kind}\s*\]\]")
    number = 0
    for line, content in enumerate(text.splitlines(), 1):
        if heading.match(content):
            number += 1
            yield f"line {line}"
    while True:
        number += 1
        yield f"{kind} number {number}"


def _check_table(place: str, kind: str, keys: Mapping[str, type], table: dict[str, Any]) -> None:
    for key, value in table.items():
        wanted = keys.get(key)
        if wanted is None:
            raise _wrong(place, f"a {kind} has no setting {key!r}; it has {', '.join(keys)}")
        good = type(value) is wanted
        if wanted is list:
            good = good and all(isinstance(one, str) for one in value)
        if wanted is int:
            good = good and 0 <= value < 2**31
        if not good:
            raise _wrong(place, f"{key} must be {_KINDS[wanted]}, not {value!r}")
        if isinstance(value, str):
            _check_text(place, key, value)
    for key in ("name", "uri") if kind == "device" else ("name",):
        if not table.get(key):
            raise _wrong(place, f"a {kind} needs a {key}")


def _check_text(place: str, name: str, value: str) -> None:
    size = len(value.encode())
    if size > TEXT_OCTETS_MAX:
        raise _wrong(place, f"{name} has {size} octets; {TEXT_OCTETS_MAX} is the most")
    if not value.isprintable():
        raise _wrong(place, f"{name} holds a character that cannot be shown")


def _octets(place: str, text: str) -> bytes:
    try:
        return base64.b64decode(text, validate=True)
    except ValueError:
        raise _wrong(place, "defaults must be base64, as plantin export writes it") from None


def _toml_row(place: str, table: dict[str, Any]) -> Row:
    fields = dict(table)
    if "defaults" in fields:
        fields["defaults"] = _octets(place, fields["defaults"])
    is_default = fields.pop("default", False)
    return Row(
        place,
        fields.pop("name"),
        uri=fields.pop("uri", ""),
        devices=tuple(dict.fromkeys(fields.pop("devices", ()))),
        mode=fields.pop("mode", ""),
        is_default=is_default,
        fields=fields,
    )
