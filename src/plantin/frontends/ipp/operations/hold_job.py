"""Hold-Job (RFC 8011 section 4.3.5)."""

from plantin.core.model import Hold
from plantin.core.states import JobState, Reason
from plantin.frontends.ipp.call import Call
from plantin.frontends.ipp.holding import hold_until_time
from plantin.frontends.ipp.refusals import wrong_syntax
from plantin.frontends.ipp.releasing import holds_by_rule
from plantin.frontends.ipp.reply import Reply
from plantin.frontends.ipp.reprinting import asked_hold
from plantin.ipp import DateTime
from plantin.store.commands.jobs import hold


async def handle(call: Call) -> Reply:
    """Holds a job that has not begun to print; one that waits for its release or password stays so."""
    job = await call.job()
    call.require_owner(job, "holding")
    moment = call.one("job-hold-until-time")
    if moment is not None and not isinstance(moment.first, DateTime):
        raise wrong_syntax(moment, "a dateTime")
    if moment is not None and isinstance(moment.first, DateTime):
        wish = hold_until_time(moment.first.to_datetime(), call.now_ms)
    else:
        wish = asked_hold(call)
    if holds_by_rule(job) and job.state is JobState.HELD:
        return Reply(text=f"job {job.id} is held already: {job.hold_reason}")
    if wish is None and (moment is not None or "job-hold-until" in call.operation):
        return Reply(text="nothing to wait for: that time is now")
    why = wish or Hold(Reason.HOLD_UNTIL, keyword="indefinite")
    await call.context.store.write(hold, job.id, why, call.actor)
    return Reply()
