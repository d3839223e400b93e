"""The configuration as text: the reference of all settings, and what is in force."""

import json
import re
from dataclasses import fields

from plantin.service.config import Config, sections, variable_of


def document() -> str:
    """The reference of all settings, in Markdown (``docs/configuration.md``)."""
    lines = [
        "# Configuration",
        "",
        "One file, `plantin.toml` in the data directory (or `--config FILE`), and variables in the",
        "environment, which win over the file. `--data DIR` or `PLANTIN_DATA` names the data directory",
        f"(default `{Config().data}`). A setting that does not exist, or a value that can't be, is an error",
        "that names its place. Lists in the environment are separated by commas or spaces. `plantin config`",
        "shows what is in force; `plantin config --markdown` wrote this page.",
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
        return "[" + ", ".join(_toml(item) for item in value) + "]"
    return json.dumps(value, ensure_ascii=False) if isinstance(value, str) else str(value)


def effective(config: Config) -> str:
    """Every setting as it is now, in TOML; but for the database's password."""
    lines = [f"# data directory: {config.data}"]
    for name, kind in sections():
        values = getattr(config, name)
        lines += ["", f"[{name}]"]
        for item in fields(kind):
            value = getattr(values, item.name)
            if isinstance(value, str):
                value = _PASSWORD.sub(r"\1…\2", value)
            lines.append(f"{item.name} = {_toml(value)}")
    return "\n".join(lines) + "\n"


_PASSWORD = re.compile(r"(\w+://[^/@:]*:)[^/@]*(@)")
