"""Configuration: one TOML file and ``PLANTIN_…`` variables in the environment, every setting with its
default.

``[ipp] listen`` in the file is ``PLANTIN_IPP_LISTEN`` in the environment; the environment wins, the command
line wins over both. A setting that does not exist, or a value of the wrong kind, is an error that names its
place; nothing is guessed. ``docs/configuration.md`` is generated from this file (a test holds it to it).
"""

import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, fields, replace
from pathlib import Path
from typing import Any, get_origin, get_type_hints

from plantin.core.errors import PlantinError
from plantin.service.config_checks import (
    NOT_NEGATIVE,
    POSITIVE,
    Check,
    address_list,
    at_least,
    currency_code,
    database_url,
    folder_list,
    network_list,
    one_of,
)


class ConfigError(PlantinError):
    """A setting is wrong; the text says which, where and why."""

    def __init__(self, text: str) -> None:
        super().__init__("bad-configuration", text)


def _s(default: Any, doc: str, check: Check | None = None) -> Any:
    return field(default=default, metadata={"doc": doc, "check": check})


@dataclass(frozen=True, slots=True)
class IppSection:
    """The IPP server."""

    listen: tuple[str, ...] = _s(
        ("127.0.0.1:8631",),
        "Addresses for ipp and ipps (the same port). Port 631 when it may.",
        address_list,
    )
    external_host: str = _s(
        "", "`name` or `name:port` in the URIs that clients are told; empty: the name they used."
    )
    names: tuple[str, ...] = _s(
        (), "More names this server is called by: allowed in Host, put in the certificate."
    )
    admin_networks: tuple[str, ...] = _s(
        (),
        "Networks besides loopback from which administration over IPP is taken (`10.1.0.0/16`).",
        network_list,
    )
    document_octets_max: int = _s(
        64 * 1024**3, "The largest document, after decompression, in octets.", POSITIVE
    )
    print_uri: bool = _s(False, "Whether Print-URI and Send-URI fetch documents.")
    print_uri_hosts: tuple[str, ...] = _s((), "Hosts they may fetch from (`*.example.org`).")
    multiple_operation_time_out_s: int = _s(
        300, "Seconds a created job may wait for its next document.", POSITIVE
    )
    multiple_operation_time_out_action: str = _s(
        "abort-job",
        "What then follows: `abort-job`, `hold-job` or `process-job`.",
        one_of("abort-job", "hold-job", "process-job"),
    )
    organization: str = _s("", "printer-organization of queues that name none.")
    organizational_unit: str = _s("", "printer-organizational-unit of queues that name none.")
    subscriptions: int = _s(
        1000,
        "Event subscriptions to queues and the server at most. What reaches further is refused until one "
        "ends or its lease runs out.",
        POSITIVE,
    )
    connections: int = _s(8192, "Open connections at most.", POSITIVE)
    connections_per_address: int = _s(1024, "Open connections of one address at most.", POSITIVE)


@dataclass(frozen=True, slots=True)
class WebSection:
    """The web server (for now: health and metrics)."""

    listen: tuple[str, ...] = _s(("127.0.0.1:8080",), "Addresses for http.", address_list)


@dataclass(frozen=True, slots=True)
class StoreSection:
    """The database."""

    url: str = _s(
        "",
        "`postgresql://user:password@host/name`; empty: SQLite in the data directory (`plantin.sqlite3`).",
        database_url,
    )


@dataclass(frozen=True, slots=True)
class SpoolSection:
    """Documents at rest."""

    path: str = _s("", "Folder of the spool; empty: `spool` in the data directory.")
    key_file: str = _s("", "File with the master keys; with it, documents are encrypted at rest.")
    free_floor_octets: int = _s(128 * 1024**2, "Free space that is never used for documents.", NOT_NEGATIVE)
    keep_documents_s: int = _s(
        86_400, "Seconds that documents of ended jobs are kept for a reprint.", NOT_NEGATIVE
    )
    keep_documents_octets: int = _s(
        10 * 1024**3,
        "Octets of documents of ended jobs that are kept at most; the oldest go first.",
        NOT_NEGATIVE,
    )
    orphan_grace_s: int = _s(3_600, "Age at which a file without a row is removed.", at_least(600))


@dataclass(frozen=True, slots=True)
class HistorySection:
    """What is kept of ended jobs besides their documents."""

    keep_s: int = _s(
        365 * 86_400, "Seconds that ended jobs and their trail are kept; 0: for ever.", NOT_NEGATIVE
    )


@dataclass(frozen=True, slots=True)
class QueueSection:
    """Holding, releasing, retrying."""

    release_expire_s: int = _s(
        3 * 86_400,
        "Seconds a job waits for its release, unless its queue says otherwise.",
        POSITIVE,
    )
    retry_first_s: float = _s(
        1.0, "First wait after a device failed; it doubles with each failure.", at_least(0.1)
    )
    retry_max_s: float = _s(60.0, "Longest wait between two tries of a device that failed.", at_least(0.1))


@dataclass(frozen=True, slots=True)
class AccountingSection:
    """Counting, pricing, charging."""

    enabled: bool = _s(True, "Whether jobs are counted, and charged where a tariff gives a price.")
    currency: str = _s("EUR", "The currency of tariffs and accounts (ISO 4217).", currency_code)
    new_accounts: str = _s(
        "unrestricted",
        "What the account of a person is that is made when they first print: `unrestricted` (no limit) or "
        "`restricted` (nothing prints that is not paid for).",
        one_of("unrestricted", "restricted"),
    )
    reservation_hours: int = _s(
        24, "Hours that the price of a job stays reserved before it prints.", POSITIVE
    )
    hold_s: int = _s(3 * 86_400, "Seconds that a job which accounting holds waits for a person.", POSITIVE)


@dataclass(frozen=True, slots=True)
class DeviceSection:
    """Talking to devices."""

    file_roots: tuple[str, ...] = _s(
        (),
        "Folders that `file:` devices may write to, besides `devices` in the data directory.",
        folder_list,
    )
    connect_s: float = _s(10.0, "Seconds a device may take to accept a connection.", at_least(0.1))
    progress_s: float = _s(
        1800.0,
        "Seconds a transfer may stand still before it is given up. Long, because a device that is out of "
        "paper stops reading.",
        at_least(1),
    )
    poll_s: float = _s(60.0, "Seconds between two looks at an idle IPP device.", at_least(1))


@dataclass(frozen=True, slots=True)
class TlsSection:
    """The certificate; without one of your own, one is made at the first start and kept."""

    certificate: str = _s("", "PEM file with your certificate chain.")
    key: str = _s("", "PEM file with its key.")


@dataclass(frozen=True, slots=True)
class DnsSdSection:
    """Announcing the queues on the local network (Bonjour, AirPrint, Mopria)."""

    enabled: bool = _s(True, "Whether queues are announced; false: nothing is sent, nobody is listened to.")
    interfaces: tuple[str, ...] = _s(
        (),
        "Addresses of the interfaces to announce on; empty: all on which the IPP server listens, loopback "
        "only if it listens on nothing else.",
    )
    queues: int = _s(
        200,
        "Queues announced at most, the first by name. One question of a client makes multicast DNS answer "
        "with all of them: for more, use unicast DNS.",
        POSITIVE,
    )


@dataclass(frozen=True, slots=True)
class LogSection:
    """The log, on standard error."""

    level: str = _s(
        "info", "`debug`, `info`, `warning` or `error`.", one_of("debug", "info", "warning", "error")
    )


@dataclass(frozen=True, slots=True)
class Config:
    """All settings, and the data directory."""

    data: Path = field(default=Path("/var/lib/plantin"))
    ipp: IppSection = field(default_factory=IppSection)
    web: WebSection = field(default_factory=WebSection)
    store: StoreSection = field(default_factory=StoreSection)
    spool: SpoolSection = field(default_factory=SpoolSection)
    history: HistorySection = field(default_factory=HistorySection)
    queue: QueueSection = field(default_factory=QueueSection)
    accounting: AccountingSection = field(default_factory=AccountingSection)
    devices: DeviceSection = field(default_factory=DeviceSection)
    tls: TlsSection = field(default_factory=TlsSection)
    dns_sd: DnsSdSection = field(default_factory=DnsSdSection)
    log: LogSection = field(default_factory=LogSection)


def sections() -> Iterator[tuple[str, type[Any]]]:
    """The sections of the file, in order."""
    hints = get_type_hints(Config)
    for item in fields(Config):
        if item.name != "data":
            yield item.name, hints[item.name]


def load(data: Path | None, file: Path | None, environment: Mapping[str, str]) -> Config:
    """The configuration of this installation.

    Args:
        data: the data directory from the command line, if given there.
        file: the TOML file; None: ``plantin.toml`` in the data directory if it exists.
        environment: the process's environment.

    Raises:
        ConfigError: names the file or the variable, the setting and what is wrong with it.
    """
    named = environment.get("PLANTIN_DATA", "")
    config = Config(data=(data or (Path(named) if named else Config().data)).resolve())
    path = file or config.data / "plantin.toml"
    content: dict[str, Any] = {}
    try:
        if file is not None or path.exists():
            content = tomllib.loads(path.read_text("utf-8"))
    except OSError as error:
        raise ConfigError(f"{path}: {error.strerror or error}") from None
    except UnicodeDecodeError as error:
        raise ConfigError(f"{path}: it is not UTF-8 at octet {error.start}") from None
    except tomllib.TOMLDecodeError as error:
        raise ConfigError(f"{path}: {error}") from None
    known = dict(sections())
    _no_unknown_variables(known, environment)
    for name, values in content.items():
        if name not in known:
            raise ConfigError(f"{path}: there is no section [{name}]; there are {', '.join(known)}")
        if not isinstance(values, dict):
            raise ConfigError(f"{path}: {name!r} must be a section, [{name}]")
    for name, kind in known.items():
        values = _from_file(path, name, kind, content.get(name, {}))
        values |= _from_environment(name, kind, environment)
        config = replace(config, **{name: kind(**values)})
    return config


def _from_file(path: Path, section: str, kind: type[Any], values: dict[str, Any]) -> dict[str, Any]:
    types_of = get_type_hints(kind)
    found = {}
    for key, value in values.items():
        if key not in types_of:
            raise ConfigError(f"{path}: [{section}] has no setting {key!r}; it has {', '.join(types_of)}")
        place = f"{path}: [{section}] {key}"
        found[key] = _sensible(place, kind, key, _checked(place, types_of[key], value))
    return found


def _sensible(place: str, kind: type[Any], key: str, value: Any) -> Any:
    """``value`` itself, if the setting can have it."""
    check: Check | None = next(item for item in fields(kind) if item.name == key).metadata["check"]
    if check is not None and (wrong := check(value)):
        raise ConfigError(f"{place} {wrong}")
    return value


def _checked(place: str, kind: Any, value: Any) -> Any:
    if get_origin(kind) is tuple:
        items = [value] if isinstance(value, str) else value
        if not isinstance(items, list) or not all(isinstance(item, str) for item in items):
            raise ConfigError(f"{place} must be a list of strings, not {value!r}")
        return tuple(items)
    if kind is float and isinstance(value, int) and not isinstance(value, bool):
        return float(value)
    if type(value) is not kind:
        raise ConfigError(f"{place} must be {_kind_name(kind)}, not {value!r}")
    return value


def _no_unknown_variables(known: Mapping[str, type[Any]], environment: Mapping[str, str]) -> None:
    variables = {variable_of(name, item.name) for name, kind in known.items() for item in fields(kind)}
    sections_of = tuple(variable_of(name, "") for name in known)
    for variable in environment:
        if variable.startswith(sections_of) and variable not in variables:
            raise ConfigError(f"{variable}: there is no such setting; see docs/configuration.md")


def _from_environment(section: str, kind: type[Any], environment: Mapping[str, str]) -> dict[str, Any]:
    found = {}
    for key, wanted in get_type_hints(kind).items():
        variable = variable_of(section, key)
        text = environment.get(variable)
        if text is not None:
            found[key] = _sensible(variable, kind, key, _parsed(variable, wanted, text))
    return found


def _parsed(variable: str, kind: Any, text: str) -> Any:
    if get_origin(kind) is tuple:
        return tuple(part for part in text.replace(",", " ").split() if part)
    if kind is str:
        return text
    if kind is bool:
        if text.lower() in ("1", "true", "yes", "on"):
            return True
        if text.lower() in ("0", "false", "no", "off", ""):
            return False
        raise ConfigError(f"{variable} must be true or false, not {text!r}")
    try:
        return kind(text)
    except ValueError:
        raise ConfigError(f"{variable} must be {_kind_name(kind)}, not {text!r}") from None


def variable_of(section: str, key: str) -> str:
    """The name of a setting in the environment."""
    return f"PLANTIN_{section}_{key}".upper()


def _kind_name(kind: Any) -> str:
    names: dict[Any, str] = {str: "a string", int: "a whole number", float: "a number", bool: "true or false"}
    return names.get(kind, str(kind))


def addresses(section: str, texts: tuple[str, ...]) -> list[tuple[str, int]]:
    """``HOST:PORT`` or ``[v6]:PORT`` as pairs.

    Raises:
        ConfigError: a text is not of that form.
    """
    if wrong := address_list(texts):
        raise ConfigError(f"[{section}] listen {wrong}")
    pairs = (text.rpartition(":") for text in texts)
    return [(host.strip("[]"), int(port)) for host, _, port in pairs]
