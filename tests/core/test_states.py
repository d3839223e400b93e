"""The one state table: every state x every event (law 2)."""

from typing import Any

import pytest

from plantin.core.diagram import states_page
from plantin.core.states import INITIAL, TRANSITIONS, IllegalTransition, JobEvent, JobState, after
from tests.core.places import ROOT

S, E = JobState, JobEvent
WAITING = {S.INCOMING, S.PENDING, S.HELD}
ON_DEVICE = {S.PROCESSING, S.STOPPED}
ENDED = {S.CANCELED, S.ABORTED, S.COMPLETED}

# Written by hand from RFC 8011 section 5.3.7 and RFC 3998: a change of the table needs a second thought.
EXPECTED: dict[JobEvent, dict[JobState, JobState]] = {
    E.CREATED: {},
    E.DOCUMENT_ADDED: {S.INCOMING: S.INCOMING},
    E.QUEUED: {S.INCOMING: S.PENDING},
    E.HELD: dict.fromkeys(WAITING | ON_DEVICE, S.HELD),
    E.RELEASED: {S.HELD: S.PENDING},
    E.CHANGED: {state: state for state in WAITING | ON_DEVICE},
    E.MOVED: {state: state for state in WAITING},
    E.ADMITTED: {S.PENDING: S.PENDING},
    E.STARTED: {S.PENDING: S.PROCESSING},
    E.SENDING: {state: state for state in ON_DEVICE},
    E.DEVICE_STOPPED: dict.fromkeys(ON_DEVICE, S.STOPPED),
    E.DEVICE_RESUMED: {S.STOPPED: S.PROCESSING},
    E.SUSPENDED: dict.fromkeys(ON_DEVICE, S.STOPPED),
    E.RESUMED: {S.STOPPED: S.PENDING},
    E.RETRY: dict.fromkeys(ON_DEVICE, S.PENDING),
    E.OUTCOME_UNKNOWN: {state: state for state in ON_DEVICE},
    E.UNKNOWN_HELD: dict.fromkeys(ON_DEVICE, S.HELD),
    E.UNKNOWN_RETRY: dict.fromkeys(ON_DEVICE, S.PENDING),
    E.UNKNOWN_ABORTED: dict.fromkeys(ON_DEVICE, S.ABORTED),
    E.UNKNOWN_ASSUMED: dict.fromkeys(ON_DEVICE, S.COMPLETED),
    E.COMPLETED: dict.fromkeys(ON_DEVICE, S.COMPLETED),
    E.CANCEL_REQUESTED: {state: state for state in ON_DEVICE},
    E.CANCELED: dict.fromkeys(WAITING | ON_DEVICE, S.CANCELED),
    E.ABORTED: dict.fromkeys(WAITING | ON_DEVICE, S.ABORTED),
    E.EXPIRED: {S.PENDING: S.CANCELED, S.HELD: S.CANCELED},
    E.TIMED_OUT: {S.INCOMING: S.ABORTED},
    E.RESTARTED: dict.fromkeys(ENDED, S.PENDING),
    E.RESTARTED_HELD: dict.fromkeys(ENDED, S.HELD),
    E.DOCUMENTS_RETIRED: {state: state for state in ENDED},
    E.NOTE: {state: state for state in S},
}


def test_every_event_is_expected_here() -> None:
    assert EXPECTED.keys() == set(JobEvent)
    assert TRANSITIONS.keys() == set(JobState)


@pytest.mark.parametrize("state", JobState)
@pytest.mark.parametrize("event", JobEvent)
def test_state_times_event(state: JobState, event: JobEvent) -> None:
    if state in EXPECTED[event]:
        assert after(state, event) is EXPECTED[event][state]
        return
    with pytest.raises(IllegalTransition) as caught:
        after(state, event)
    assert (caught.value.state, caught.value.event) == (state, event)
    assert state.name.lower() in str(caught.value) and event.value in str(caught.value)


def test_a_job_begins_incoming_pending_or_held() -> None:
    assert dict(INITIAL) == {E.CREATED: S.INCOMING, E.QUEUED: S.PENDING, E.HELD: S.HELD}


def test_only_a_person_takes_a_job_out_of_its_end() -> None:
    assert {state for state in S if state.terminal} == ENDED
    for state in ENDED:
        leaving = {event for event, to in TRANSITIONS[state].items() if to is not state}
        assert leaving == {E.RESTARTED, E.RESTARTED_HELD}


def test_every_state_is_reached_and_left() -> None:
    reached = set(INITIAL.values())
    while more := {to for state in reached for to in TRANSITIONS[state].values()} - reached:
        reached |= more
    assert reached == set(JobState)
    for state in JobState:
        assert any(to is not state for to in TRANSITIONS[state].values())


def test_ipp_sees_its_own_numbers() -> None:
    """job-state of RFC 8011 section 5.3.7: 3 pending … 9 completed; what is still coming in is held."""
    assert {state: state.ipp for state in S} == {
        S.INCOMING: 4,
        S.PENDING: 3,
        S.HELD: 4,
        S.PROCESSING: 5,
        S.STOPPED: 6,
        S.CANCELED: 7,
        S.ABORTED: 8,
        S.COMPLETED: 9,
    }


def test_the_table_cannot_be_changed_by_accident() -> None:
    table: Any = TRANSITIONS
    with pytest.raises(TypeError):
        table[S.PENDING] = {}
    with pytest.raises(TypeError):
        table[S.PENDING][E.STARTED] = S.HELD


def test_the_page_is_made_from_the_table() -> None:
    assert (ROOT / "docs" / "states.md").read_text() == states_page(), (
        "docs/states.md is not what the table says: python -m plantin.core.diagram > docs/states.md"
    )
