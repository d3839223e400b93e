"""The log of everything that happened: a job's trail, a queue's and a device's changes.

A row is written in the transaction of the change itself, so the log is also the change feed: the processes
follow it by its id and a wake-up is only a hint to look.
"""

from django.db import models


class Event(models.Model):
    at = models.BigIntegerField()
    kind = models.CharField(max_length=32)
    """A :class:`plantin.core.states.JobEvent`, or ``queue-…`` / ``device-…`` for those."""
    job = models.ForeignKey("store.Job", on_delete=models.CASCADE, null=True)
    queue_id = models.BigIntegerField(null=True)
    device_id = models.BigIntegerField(null=True)
    state = models.SmallIntegerField(default=0)
    """The state after the event."""
    reasons = models.TextField(default="", blank=True)
    actor = models.CharField(max_length=255, default="", blank=True)
    text = models.TextField(default="", blank=True)

    class Meta:
        indexes = [models.Index(fields=["id"], name="event_of_no_job", condition=models.Q(job__isnull=True))]

    def __str__(self) -> str:
        return f"{self.id} {self.kind}"
