"""The page on job states (``docs/states.md``), made from the one table so that it can't disagree with it.

``python -m plantin.core.diagram > docs/states.md`` writes it anew.
"""

from plantin.core.states import INITIAL, TRANSITIONS, JobState

_HEAD = """\
# The states of a job

Made from `plantin.core.states.TRANSITIONS` by `python -m plantin.core.diagram`; a test holds it to the table.
Whatever is not listed here raises `IllegalTransition`. Each step writes an event in the same transaction, and
these are the words that stand in a job's trail.

"""


def states_page() -> str:
    """The page, in Markdown with a Mermaid diagram."""
    return _HEAD + _diagram() + "\n" + _table()


def _diagram() -> str:
    lines = ["```mermaid", "stateDiagram-v2"]
    lines += [f"    [*] --> {state.name}: {event.value}" for event, state in INITIAL.items()]
    for state, row in TRANSITIONS.items():
        arrows: dict[JobState, list[str]] = {}
        for event, to in row.items():
            if to is not state:
                arrows.setdefault(to, []).append(event.value)
        lines += [f"    {state.name} --> {to.name}: {', '.join(events)}" for to, events in arrows.items()]
        if state.terminal:
            lines.append(f"    {state.name} --> [*]")
    return "\n".join([*lines, "```", ""])


def _table() -> str:
    lines = [
        "| state | IPP `job-state` | event | state after it |",
        "| --- | --- | --- | --- |",
    ]
    for state, row in TRANSITIONS.items():
        stays = [event.value for event, to in row.items() if to is state]
        goes = [(event.value, to.name) for event, to in row.items() if to is not state]
        lines += [f"| {state.name} | {state.ipp} | {event} | {to} |" for event, to in goes]
        lines.append(f"| {state.name} | {state.ipp} | {', '.join(stays)} | {state.name} |")
    return "\n".join([*lines, ""])


if __name__ == "__main__":
    print(states_page(), end="")  # noqa: T201 (that is what it is for)
