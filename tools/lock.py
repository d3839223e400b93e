"""Write the hashed requirements files from pyproject.toml (`make lock`).

Promises: every requirement pinned, with the hashes of all its files; no index address, no option and no
machine's path in the output. Never touches the project's own environment: pip-tools lives in one of its own.
"""

from __future__ import annotations

import subprocess
import sys
import tomllib
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
TOOLS = ROOT / ".cache" / "lock"
OPTIONS = (
    "--quiet",
    "--generate-hashes",
    "--allow-unsafe",
    "--strip-extras",
    "--no-emit-index-url",
    "--no-emit-find-links",
    "--no-emit-trusted-host",
    "--no-emit-options",
    "--no-header",
    "--resolver=backtracking",
)
HEADER = "# Written by `make lock` from pyproject.toml ({source}). Do not edit.\n"


def pip_compile(arguments: list[str], output: Path, source: str, stdin: str | None = None) -> None:
    """Resolve into `output`; versions already pinned there are kept when they still satisfy."""
    program = TOOLS / "bin" / "pip-compile"
    command = [str(program), *OPTIONS, "--output-file", output.name, *arguments]
    subprocess.run(command, cwd=ROOT, check=True, text=True, input=stdin)
    output.write_text(HEADER.format(source=source) + output.read_text())


def main() -> None:
    """Resolve run-time, then each dependency group within the run-time versions."""
    if not (TOOLS / "bin" / "pip-compile").exists():
        subprocess.run([sys.executable, "-m", "venv", str(TOOLS)], check=True)
        subprocess.run([str(TOOLS / "bin" / "pip"), "install", "-q", "pip-tools"], check=True)
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())
    pip_compile(
        ["--extra", "postgresql", "--all-build-deps", "pyproject.toml"],
        ROOT / "requirements.txt",
        "dependencies",
    )
    for group, wanted in project["dependency-groups"].items():
        pip_compile(
            ["-c", "requirements.txt", "-"],
            ROOT / f"requirements-{group}.txt",
            f"dependency group {group}",
            stdin="\n".join(wanted) + "\n",
        )


if __name__ == "__main__":
    main()
