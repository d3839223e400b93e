"""The PJL wrapper of a print job: what its lines ask for.

Promises: a state that each line updates; unknown lines change nothing. Never: believes the job attributes
beyond what a device would do with them; USERNAME and JOBNAME stay claims.

Standard: HP Printer Job Language Technical Reference Manual: SET, ENTER LANGUAGE, JOB.
"""

import re

from plantin.inspect.media import Size, size_of
from plantin.inspect.report import Settings
from plantin.inspect.sniff import language_type

_SET = re.compile(
    r"(?:SET|DEFAULT)\s+(?:\w+\s*:\s*\w+\s+)?([\w-]+)\s*=\s*(\"[^\"]*\"?|[^\s\"]+)", re.IGNORECASE
)
_JOB = re.compile(r"JOB\b.*?\bNAME\s*=\s*\"([^\"]*)\"", re.IGNORECASE)
_ENTER = re.compile(r"ENTER\s+LANGUAGE\s*=\s*\"?([\w -]+)", re.IGNORECASE)
_ATTRIBUTE = re.compile(r"(?:JobAcct\d+|UserName|USERID)\s*=\s*(.+)", re.IGNORECASE)
_GREY_MODES = frozenset({"GRAYSCALE", "GREYSCALE", "GRAY", "MONO", "BLACK", "K"})


class Pjl:
    """What the PJL lines seen so far ask for."""

    def __init__(self) -> None:
        self.copies: int | None = None
        self.quantity: int | None = None
        self.paper_name: str | None = None
        self.paper: Size | None = None
        self.user: str | None = None
        self.job_name: str | None = None
        self.mono_mode: bool | None = None
        self._duplex: bool | None = None
        self._short_edge = False

    @property
    def sides(self) -> str | None:
        if self._duplex is None:
            return None
        if not self._duplex:
            return "one-sided"
        return "two-sided-short-edge" if self._short_edge else "two-sided-long-edge"

    def line(self, line: bytes) -> str:
        """Takes one line without ``@PJL``; returns the media type that ENTER LANGUAGE names, or ""."""
        text = line.decode("utf-8", "replace").strip()
        enter = _ENTER.match(text)
        if enter is not None:
            return language_type(enter[1].encode("ascii", "replace"))
        job = _JOB.match(text)
        if job is not None:
            self.job_name = job[1][:255] or self.job_name
        setting = _SET.match(text)
        if setting is not None:
            self._set(setting[1].upper(), setting[2].strip('"').strip())
        return ""

    def _set(self, name: str, value: str) -> None:
        plain = value.upper()
        if name == "COPIES":
            self.copies = _count(value) or self.copies
        elif name == "QTY":
            self.quantity = _count(value) or self.quantity
        elif name == "DUPLEX":
            self._duplex = plain not in ("OFF", "NONE", "SIMPLEX")
        elif name == "BINDING":
            self._short_edge = plain.startswith("SHORT")
        elif name == "PAPER":
            self.paper_name = value[:64]
            self.paper = size_of(value) or self.paper
        elif name in ("USERNAME", "USERID", "USER"):
            self.user = value[:255] or self.user
        elif name == "JOBNAME":
            self.job_name = value[:255] or self.job_name
        elif name in ("RENDERMODE", "COLORMODE", "PLANESINUSE", "GRAYSCALE"):
            self._colour_mode(name, plain)
        elif name == "JOBATTR":
            attribute = _ATTRIBUTE.search(value)
            if attribute is not None and self.user is None:
                self.user = attribute[1].strip()[:255] or None

    def _colour_mode(self, name: str, plain: str) -> None:
        if name == "GRAYSCALE":
            self.mono_mode = plain not in ("OFF", "NONE")
        elif name == "PLANESINUSE":
            if plain.isascii() and plain.isdigit():
                self.mono_mode = int(plain[:6]) == 1
        else:
            self.mono_mode = plain in _GREY_MODES

    def settings(self) -> Settings:
        """The wishes that concern a whole job; copies are QTY times COPIES."""
        copies = None
        if self.copies is not None or self.quantity is not None:
            copies = min((self.copies or 1) * (self.quantity or 1), 999_999)
        return Settings(
            copies=copies,
            sides=self.sides,
            mono_mode=self.mono_mode,
            paper=self.paper_name,
            user=self.user,
            job_name=self.job_name,
        )


def _count(value: str) -> int | None:
    return int(value) if value.isascii() and value.isdigit() and 0 < len(value) <= 6 and int(value) else None
