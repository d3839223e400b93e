"""Runs ipptool suites and believes only the `[PASS]`, `[FAIL]` and `[SKIP]` lines.

ipptool's exit code and summary hide failures inside INCLUDEd files; a suite that reports no test at all, or
is cut short, is a failure too.
"""

from __future__ import annotations

import re
import shutil
from dataclasses import dataclass, field
from pathlib import Path

from tests.peers.client import ClientTools
from tests.peers.documents import write_documents
from tests.peers.process import PeerError

SUITES = Path("/usr/share/cups/ipptool")
"""Debian's public suites (package cups-ipp-utils)."""

# What a failed test shows of the response for information only: "name (type) = value".
_SHOWN = re.compile(r"^ {8}(?!status-code )\S+ \([^)]*\) = ")
_TEST = re.compile(r"^ {4}(\S.*?)\s*\[(PASS|FAIL|SKIP)\]\s*$")


@dataclass
class Report:
    """What a suite said."""

    suite: str
    passed: list[str] = field(default_factory=list)
    failed: dict[str, str] = field(default_factory=dict)
    skipped: list[str] = field(default_factory=list)
    complaint: str = ""

    @property
    def counts(self) -> tuple[int, int, int]:
        """Passed, failed, skipped."""
        return len(self.passed), len(self.failed), len(self.skipped)

    def check(self) -> Report:
        """Itself, or PeerError with every failing test and its explanation."""
        if self.failed or self.complaint or not self.passed:
            told = "\n".join(f"[FAIL] {name}\n{why}" for name, why in self.failed.items())
            counts = "{} passed, {} failed, {} skipped".format(*self.counts)
            raise PeerError(f"{self.suite}: {counts}\n{told}\n{self.complaint}")
        return self


def parse(suite: str, said: str) -> Report:
    """The report in ipptool's output (`-t`)."""
    report = Report(suite)
    failing: str | None = None
    for line in said.splitlines():
        test = _TEST.match(line)
        if test is not None:
            name, outcome = test.groups()
            failing = None
            if outcome == "PASS":
                report.passed.append(name)
            elif outcome == "SKIP":
                report.skipped.append(name)
            else:
                # A name may come twice: keep both.
                failing = name if name not in report.failed else f"{name} (again, {len(report.failed)})"
                report.failed[failing] = ""
        elif failing is not None and line.startswith(" " * 8):
            if not _SHOWN.match(line):
                report.failed[failing] += line + "\n"
        else:
            failing = None
    return report


class IppTool:
    """Runs suites in a folder that has the sample documents beside them."""

    def __init__(self, folder: Path, server: str) -> None:
        self.folder = write_documents(folder)
        self.tools = ClientTools(folder / "home", server)
        if not SUITES.is_dir():
            raise PeerError("no ipptool suites: apt-get install cups-ipp-utils (or run `make test` as root)")
        # ipptool looks for a FILE beside the suite that names it.
        for path in SUITES.glob("*.test"):
            shutil.copy(path, self.folder)

    def run(
        self,
        uri: str,
        suite: str | Path,
        *,
        document: str = "document-letter.pdf",
        version: str = "2.0",
        options: tuple[str, ...] = (),
        defines: dict[str, str] | None = None,
        timeout: float = 600.0,
    ) -> Report:
        """Run a suite by its public name, or a `.test` file of our own, against a printer URI.

        Goes on after a failing test. `options` are further words for ipptool ("-E", "-S", "-4").
        """
        if isinstance(suite, Path):
            shutil.copy(suite, self.folder)
            suite = suite.name
        words: list[str] = ["-t", "-I", "-T", "60", "-V", version, "-f", document, *options]
        for name, value in (defines or {}).items():
            words += ["-d", f"{name}={value}"]
        done = self.tools("ipptool", *words, uri, suite, timeout=timeout, cwd=self.folder)
        report = parse(suite, done.out)
        # Exit codes: 0 passed, 1 failed tests (told by their lines), else ipptool itself gave up.
        if done.code not in (0, 1) or (done.code == 1 and not report.failed):
            report.complaint = f"ipptool exit {done.code}: {done.err or done.out[-2000:]}"
        elif done.err.strip():
            report.complaint = done.err
        return report
