"""What came out of an attempt: the usage that is charged after it.

Promises that what the device tells leads (impressions, then sheets), that a job that printed in part costs
that part, that an attempt whose end nobody knows costs what the queue's unknown policy makes of it, and that
what nobody can say is said so and never guessed to be nothing in silence.
"""

from __future__ import annotations

from plantin.core.model import Outcome
from plantin.ledger.layout import Layout
from plantin.ledger.usage import DeviceReport, Usage, settle, usage_of, usage_of_first


def came_out(
    outcome: Outcome,
    *,
    layout: Layout | None,
    impressions: int,
    sheets: int,
    octets_sent: int,
    octets: int,
    assume_printed: bool,
) -> Usage | None:
    """The usage of one ended attempt; None when nobody can say.

    Args:
        layout: the paper of the whole job; None when it could not be counted.
        impressions: as the device told, -1 when it did not; ``sheets`` likewise.
        octets_sent: of ``octets``, what had left when it ended: the share of an interrupted job.
        assume_printed: the queue takes what is unknown for printed.
    """
    told = _report(outcome, impressions, sheets)
    if told is not None:
        return settle(layout or Layout((), 0), told)
    if outcome is Outcome.COMPLETED or (outcome is Outcome.UNKNOWN and assume_printed):
        # However many octets are known to have left: after a crash nobody knows how many did.
        return None if layout is None else usage_of(layout)
    if outcome in (Outcome.TEMPORARY, Outcome.UNKNOWN) or not octets_sent:
        return Usage()
    if layout is None:
        return None
    return usage_of_first(layout, layout.impressions * min(octets_sent, octets) // max(octets, 1))


def _report(outcome: Outcome, impressions: int, sheets: int) -> DeviceReport | None:
    """What the device told. A zero from a device that says it has printed the job is no count."""
    if outcome is Outcome.COMPLETED and impressions <= 0 and sheets <= 0:
        return None
    if impressions < 0 and sheets < 0:
        return None
    return DeviceReport(
        impressions if impressions >= 0 and (impressions or sheets <= 0) else None,
        sheets if sheets >= 0 else None,
    )
