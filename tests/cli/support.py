"""Runs ``plantin`` commands in this process, as the entry point does, on a data directory of their own."""

from __future__ import annotations

import json
import logging
import os
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from unittest.mock import patch

from click.testing import CliRunner

from plantin.core.ids import JobId
from plantin.core.model import Delivered, Outcome, Ticket, UnknownPolicy
from plantin.service.main import main
from plantin.store.commands import delivery
from plantin.store.queries import config, jobs


@dataclass(frozen=True)
class Told:
    """What a command said."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        assert self.code == 0, self.err
        return json.loads(self.out)


class Cli:
    """Commands on one data directory."""

    def __init__(self, data: Path) -> None:
        self.data = data

    def __call__(self, *words: str | Path, stdin: bytes = b"", env: Mapping[str, str] | None = None) -> Told:
        """Runs ``plantin WORDS`` with the data directory in the environment."""
        variables = {key: value for key, value in os.environ.items() if not key.startswith("PLANTIN_")}
        variables |= {"PLANTIN_DATA": str(self.data), **(env or {})}
        root = logging.getLogger()
        handlers, level = root.handlers[:], root.level
        code = 0
        with (
            CliRunner().isolation(input=stdin) as (out, err, _),
            patch.dict(os.environ, variables, clear=True),
            patch.object(sys, "argv", ["plantin", *map(str, words)]),
        ):
            try:
                main()
            except SystemExit as ended:
                code = ended.code if isinstance(ended.code, int) else 0 if ended.code is None else 1
            finally:
                root.handlers[:] = handlers
                root.setLevel(level)
                logging.captureWarnings(False)
        return Told(code, out.getvalue().decode(), err.getvalue().decode())

    def good(self, *words: str | Path, stdin: bytes = b"", env: Mapping[str, str] | None = None) -> str:
        """Runs a command that must succeed and complain of nothing; returns what it printed."""
        told = self(*words, stdin=stdin, env=env)
        assert (told.code, told.err) == (0, ""), told
        return told.out

    def bad(self, *words: str | Path, code: int = 1, stdin: bytes = b"") -> str:
        """Runs a command that must fail with one line on standard error; returns that line."""
        told = self(*words, stdin=stdin)
        assert told.code == code, told
        assert told.err.count("\n") == 1 and told.err.startswith("plantin"), told
        assert "Traceback" not in told.err
        return told.err.rstrip("\n")

    def json(self, *words: str | Path) -> Any:
        """The answer of a list or show command to ``--json``."""
        return self(*words, "--json").json

    # What the queue process would do

    def begin(self, job: int, device: str, at: int) -> Ticket:
        """An attempt begins."""
        record = config.device(device)
        queue_id = jobs.job(job).queue
        wish = delivery.Start(JobId(job), queue_id, record.id, record.name, at)
        started = self._write(delivery.start_batch, [wish])
        assert started is not None and not isinstance(started, Exception), "the job is not to be had"
        queue = config.queues([started.job.queue])[0]
        return Ticket(
            started.job, queue.name, started.documents, record, started.attempt, queue.unknown_policy
        )

    def end(self, ticket: Ticket, at: int, outcome: Outcome, reason: str, text: str, **more: Any) -> None:
        """The attempt ends."""
        self._write(
            delivery.finish_batch, [delivery.Finish(ticket, Delivered(outcome, reason, text, **more), at)]
        )

    def printed(self, job: int, device: str) -> None:
        """The job prints on a device, all well."""
        at = jobs.job(job).created_at
        ticket = self.begin(job, device, at + 10)
        self.end(ticket, at + 500, Outcome.COMPLETED, "job-completed-successfully", "taken by the device")

    def _write(self, command: Any, payloads: list[Any]) -> Any:
        from django.db import transaction

        with transaction.atomic():
            return command(payloads)[0]


__all__ = ["Cli", "Outcome", "Told", "UnknownPolicy"]
