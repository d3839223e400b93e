"""Rules, and where and in which order they hold.

Promises one order: rules for everywhere first, then those of the site, then those of the queue; inside a
scope by `order`, then as they were given. The house's law thus comes before a site's, and a site's before a
queue's: what is denied above cannot be allowed below, and what is allowed finally above is not asked below.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from enum import Enum

from .actions import Actions
from .conditions import All, Condition
from .facts import QueueFacts


class ScopeKind(Enum):
    """Where rules hold, in the order in which they are asked."""

    EVERYWHERE = "everywhere"
    SITE = "site"
    QUEUE = "queue"


ALWAYS = All()
"""The condition that always holds."""

_ORDER = {kind: position for position, kind in enumerate(ScopeKind)}


@dataclass(frozen=True, slots=True)
class Scope:
    """A kind and, but for everywhere, a name."""

    kind: ScopeKind = ScopeKind.EVERYWHERE
    name: str = ""

    def holds(self, queue: QueueFacts) -> bool:
        """Whether rules of this scope are asked for a job on this queue."""
        if self.kind is ScopeKind.EVERYWHERE:
            return True
        return self.name == (queue.site if self.kind is ScopeKind.SITE else queue.queue)

    def __str__(self) -> str:
        return f"{self.kind.value}:{self.name}" if self.name else self.kind.value


class WhenUnknown(Enum):
    """What a rule does when its condition cannot be answered."""

    SKIP = "skip"
    FIRE = "fire"


EVERYWHERE = Scope()


@dataclass(frozen=True, slots=True)
class Rule:
    """When the condition holds, the actions are done."""

    name: str
    then: Actions
    when: Condition = ALWAYS
    scope: Scope = EVERYWHERE
    order: int = 0
    when_unknown: WhenUnknown = WhenUnknown.SKIP
    enabled: bool = True


class RuleBook:
    """All rules of the house, found by queue: rules of ten thousand other queues cost nothing."""

    def __init__(self, rules: Iterable[Rule]) -> None:
        self._by_scope: defaultdict[Scope, list[Rule]] = defaultdict(list)
        for rule in rules:
            self._by_scope[rule.scope].append(rule)

    def of(self, queue: QueueFacts) -> list[Rule]:
        """The rules whose scope holds this queue: what `decide` takes."""
        scopes = [EVERYWHERE]
        for kind, name in ((ScopeKind.SITE, queue.site), (ScopeKind.QUEUE, queue.queue)):
            if name is not None:
                scopes.append(Scope(kind, name))
        return [rule for scope in scopes for rule in self._by_scope.get(scope, ())]


def applicable(rules: Iterable[Rule], queue: QueueFacts) -> list[Rule]:
    """The enabled rules that hold for this queue, in the order in which they are asked."""
    found = [rule for rule in rules if rule.enabled and rule.scope.holds(queue)]
    return sorted(found, key=lambda rule: (_ORDER[rule.scope.kind], rule.order))
