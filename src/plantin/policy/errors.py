"""What is wrong with a rule: where, and what was expected."""

from __future__ import annotations


class PolicyError(Exception):
    """A rule's data is wrong. `where` is the path to it ("rule 3 (Big jobs): when.pages"), `reason` why."""

    code = "policy-error"

    def __init__(self, where: str, reason: str) -> None:
        super().__init__(f"{where}: {reason}")
        self.where = where
        self.reason = reason
