"""Event subscriptions with the pull method ippget (RFC 3995, RFC 3996)."""

from django.db import models


class Subscription(models.Model):
    queue = models.ForeignKey("store.Queue", on_delete=models.CASCADE, null=True)
    """NULL: a subscription to the whole server."""
    job = models.ForeignKey("store.Job", on_delete=models.CASCADE, null=True)
    events = models.TextField()  # notify-events, space separated
    owner = models.CharField(max_length=255)  # notify-subscriber-user-name
    user_data = models.BinaryField(default=b"")  # notify-user-data
    charset = models.CharField(max_length=63, default="utf-8")
    language = models.CharField(max_length=63, default="en")
    interval = models.IntegerField(default=0)  # notify-time-interval
    lease_s = models.BigIntegerField(default=0)  # notify-lease-duration; 0: as long as the job or the printer
    expires_at = models.BigIntegerField(default=0)
    created_at = models.BigIntegerField()
    event_id = models.BigIntegerField(default=0)
    """Events up to this one are numbered: ``sequence`` of them matched."""
    sequence = models.BigIntegerField(default=0)  # notify-sequence-number of the last numbered event

    def __str__(self) -> str:
        return f"{self.id} {self.events}"
