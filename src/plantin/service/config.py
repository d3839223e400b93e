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


class ConfigError(PlantinError):
    """A setting is wrong; the text says which, where and why."""

    def __init__(self, text: str) -> None:
        super().__init__("bad-configuration", text)


def _s(default: Any, doc: str) -> Any:
    return field(default=default, metadata={"doc": doc})


@dataclass(frozen=True, slots=True)
class IppSection:
    """The IPP server."""

    listen: tuple[str, ...] = _s(
        ("127.0.0.1:8631",), "Addresses for ipp and ipps (the same port). Port 631 when it may."
    )
    external_host: str = _s(
        "", "`name` or `name:port` in the URIs that clients are told; empty: the name they used."
    )
    names: tuple[str, ...] = _s(
        (), "More names this server is called by: allowed in Host, put in the certificate."
    )
    admin_networks: tuple[str, ...] = _s(
        (), "Networks besides loopback from which administration over IPP is taken (`10.1.0.0/16`)."
    )
    document_octets_max: int = _s(64 * 1024**3, "The largest document, after decompression, in octets.")
    print_uri: bool = _s(False, "Whether Print-URI and Send-URI fetch documents.")
    print_uri_hosts: tuple[str, ...] = _s((), "Hosts they may fetch from (`*.example.org`).")
    multiple_operation_time_out_s: int = _s(300, "Seconds a created job may wait for its next document.")
    multiple_operation_time_out_action: str = _s(
        "abort-job", "What then follows: `abort-job`, `hold-job` or `process-job`."
    )
    organization: str = _s("", "printer-organization of queues that name none.")
    organizational_unit: str = _s("", "printer-organizational-unit of queues that name none.")
    connections: int = _s(8192, "Open connections at most.")
    connections_per_address: int = _s(1024, "Open connections of one address at most.")


@dataclass(frozen=True, slots=True)
class WebSection:
    """The web server (for now: health and metrics)."""

    listen: tuple[str, ...] = _s(("127.0.0.1:8080",), "Addresses for http.")


@dataclass(frozen=True, slots=True)
class StoreSection:
    """The database."""

    url: str = _s(
        "", "`postgresql://user:password@host/name`; empty: SQLite in the data directory (`plantin.sqlite3`)."
    )


@dataclass(frozen=True, slots=True)
class SpoolSection:
    """Documents at rest."""

    path: str = _s("", "Folder of the spool; empty: `spool` in the data directory.")
    key_file: str = _s("", "File with the master keys; with it, documents are encrypted at rest.")
    free_floor_octets: int = _s(128 * 1024**2, "Free space that is never used for documents.")
    keep_documents_s: int = _s(86_400, "Seconds that documents of ended jobs are kept for a reprint.")
    keep_documents_octets: int = _s(
        10 * 1024**3, "Octets of documents of ended jobs that are kept at most; the oldest go first."
    )
    orphan_grace_s: int = _s(3_600, "Age at which a file without a row is removed.")


@dataclass(frozen=True, slots=True)
class HistorySection:
    """What is kept of ended jobs besides their documents."""

    keep_s: int = _s(365 * 86_400, "Seconds that ended jobs and their trail are kept; 0: for ever.")


@dataclass(frozen=True, slots=True)
class QueueSection:
    """Holding, releasing, retrying."""

    release_expire_s: int = _s(
        3 * 86_400, "Seconds a job waits for its release, unless its queue says otherwise."
    )
    retry_first_s: float = _s(1.0, "First wait after a device failed; it doubles with each failure.")
    retry_max_s: float = _s(60.0, "Longest wait between two tries of a device that failed.")


@dataclass(frozen=True, slots=True)
class DeviceSection:
    """Talking to devices."""

    file_roots: tuple[str, ...] = _s(
        (), "Folders that `file:` devices may write to, besides `devices` in the data directory."
    )
    connect_s: float = _s(10.0, "Seconds a device may take to accept a connection.")
    progress_s: float = _s(1800.0, "Seconds a transfer may stand still before it is given up.")
    poll_s: float = _s(60.0, "Seconds between two looks at an idle IPP device.")


@dataclass(frozen=True, slots=True)
class TlsSection:
    """The certificate; without one of your own, one is made at the first start and kept."""

    certificate: str = _s("", "PEM file with your certificate chain.")
    key: str = _s("", "PEM file with its key.")


@dataclass(frozen=True, slots=True)
class DnsSdSection:
    """Announcing the queues on the local network (Bonjour, AirPrint, Mopria)."""

    enabled: bool = _s(False, "Whether queues are announced.")
    interfaces: tuple[str, ...] = _s((), "Addresses of the interfaces to announce on; empty: all.")


@dataclass(frozen=True, slots=True)
class LogSection:
    """The log, on standard error."""

    level: str = _s("info", "`debug`, `info`, `warning` or `error`.")


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
    config = Config(data=(data or (Path(named) if named else Config().data)).absolute())
    path = file or config.data / "plantin.toml"
    content: dict[str, Any] = {}
    if file is not None or path.exists():
        try:
            content = tomllib.loads(path.read_text())
        except (OSError, tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
            raise ConfigError(f"{path}: {error}") from None
    known = dict(sections())
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
        found[key] = _checked(f"{path}: [{section}] {key}", types_of[key], value)
    return found


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


def _from_environment(section: str, kind: type[Any], environment: Mapping[str, str]) -> dict[str, Any]:
    found = {}
    for key, wanted in get_type_hints(kind).items():
        variable = variable_of(section, key)
        text = environment.get(variable)
        if text is not None:
            found[key] = _parsed(variable, wanted, text)
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


def document() -> str:
    """The reference of all settings, in Markdown (``docs/configuration.md``)."""
    lines = [
        "# Configuration",
        "",
        "One file, `plantin.toml` in the data directory (or `--config FILE`), and variables in the",
        "environment, which win over the file. `--data DIR` or `PLANTIN_DATA` names the data directory",
        f"(default `{Config().data}`). A setting that does not exist is an error.",
    ]
    for name, kind in sections():
        lines += ["", f"## [{name}]", "", (kind.__doc__ or "").strip(), ""]
        lines += ["| setting | default | environment | meaning |", "| --- | --- | --- | --- |"]
        for item in fields(kind):
            shown = _toml(item.default)
            lines.append(
                f"| `{item.name}` | `{shown}` | `{variable_of(name, item.name)}` | {item.metadata['doc']} |"
            )
    return "\n".join(lines) + "\n"


def _toml(value: object) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, tuple):
        return "[" + ", ".join(f'"{item}"' for item in value) + "]"
    return f'"{value}"' if isinstance(value, str) else str(value)


def addresses(section: str, texts: tuple[str, ...]) -> list[tuple[str, int]]:
    """``HOST:PORT`` or ``[v6]:PORT`` as pairs.

    Raises:
        ConfigError: a text is not of that form.
    """
    found = []
    for text in texts:
        host, colon, port = text.rpartition(":")
        host = host.strip("[]")
        if not colon or not host or not port.isdigit() or int(port) > 65_535:
            raise ConfigError(f"[{section}] listen: {text!r} is not HOST:PORT")
        found.append((host, int(port)))
    return found


def effective(config: Config) -> str:
    """Every setting as it is now, in TOML."""
    lines = [f"# data directory: {config.data}"]
    for name, kind in sections():
        values = getattr(config, name)
        lines += ["", f"[{name}]"]
        lines += [f"{item.name} = {_toml(getattr(values, item.name))}" for item in fields(kind)]
    return "\n".join(lines) + "\n"
