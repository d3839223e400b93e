"""Event subscriptions: made, renewed, ended (RFC 3995 section 11)."""

from collections.abc import Sequence
from dataclasses import dataclass

from plantin.core.errors import NotFound, Refusal
from plantin.core.limits import SUBSCRIPTIONS_MAX, SUBSCRIPTIONS_PER_JOB_MAX
from plantin.store.models import Subscription
from plantin.store.queries.directory import last_event


@dataclass(frozen=True, slots=True)
class NewSubscription:
    """A subscription about to be made. Times are UTC milliseconds, durations seconds."""

    events: tuple[str, ...]
    owner: str
    user_data: bytes
    charset: str
    language: str
    interval: int
    lease_s: int


def subscribe(
    wishes: Sequence[NewSubscription],
    *,
    queue: int | None,
    job: int | None,
    now: int,
    from_start: bool = False,
    most: int = SUBSCRIPTIONS_MAX,
) -> list[int | Refusal]:
    """Makes the subscriptions; each answer is its id, or why it was not made.

    Args:
        from_start: events of the job before this moment count too (it was made with the job).
        most: how many there may be that are not of one job.
    """
    Subscription.objects.filter(expires_at__gt=0, expires_at__lte=now).delete()
    present = Subscription.objects.filter(job__isnull=True)
    if job is not None:
        present = Subscription.objects.filter(job_id=job)
    count = present.count()
    limit = most if job is None else SUBSCRIPTIONS_PER_JOB_MAX
    start = 0 if from_start else last_event()
    answers: list[int | Refusal] = []
    for wish in wishes:
        if count >= limit:
            answers.append(
                Refusal(
                    "too-many-subscriptions",
                    f"there are {count} subscriptions already, and {limit} is the most",
                    status="client-error-too-many-subscriptions",
                )
            )
            continue
        count += 1
        made = Subscription.objects.create(
            queue_id=queue,
            job_id=job,
            events=" ".join(wish.events),
            owner=wish.owner,
            user_data=wish.user_data,
            charset=wish.charset,
            language=wish.language,
            interval=wish.interval,
            lease_s=wish.lease_s,
            expires_at=now + wish.lease_s * 1000 if wish.lease_s else 0,
            created_at=now,
            event_id=start,
        )
        answers.append(made.pk)
    return answers


def renew(subscription_id: int, lease_s: int, now: int) -> None:
    """Lets the lease run anew from ``now``; 0: for as long as the printer lives."""
    expires_at = now + lease_s * 1000 if lease_s else 0
    changed = Subscription.objects.filter(pk=subscription_id).update(lease_s=lease_s, expires_at=expires_at)
    if not changed:
        raise NotFound(f"there is no subscription {subscription_id}")


def unsubscribe(subscription_id: int) -> None:
    """Ends a subscription."""
    deleted, _ = Subscription.objects.filter(pk=subscription_id).delete()
    if not deleted:
        raise NotFound(f"there is no subscription {subscription_id}")


def checkpoint(subscription_id: int, event_id: int, sequence: int) -> None:
    """Remembers that of the events up to ``event_id`` so many matched: they need not be counted again."""
    Subscription.objects.filter(pk=subscription_id, event_id__lt=event_id).update(
        event_id=event_id, sequence=sequence
    )
