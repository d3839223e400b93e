"""Queues (IPP Printer objects) and the devices that each one feeds."""

from django.db import models


class Queue(models.Model):
    uuid = models.CharField(max_length=36, unique=True)
    name = models.CharField(max_length=127, unique=True)
    site = models.ForeignKey("store.Site", on_delete=models.PROTECT)
    mode = models.CharField(max_length=16)
    is_class = models.BooleanField(default=False)
    info = models.CharField(max_length=1023, default="", blank=True)
    location = models.CharField(max_length=1023, default="", blank=True)
    accepting = models.BooleanField(default=True)
    enabled = models.BooleanField(default=True)
    hold_new_jobs = models.BooleanField(default=False)
    deactivated = models.BooleanField(default=False)
    shutdown = models.BooleanField(default=False)
    state_message = models.TextField(default="", blank=True)
    state_at = models.BigIntegerField(default=0)
    config_at = models.BigIntegerField(default=0)
    created_at = models.BigIntegerField(default=0)
    shared = models.BooleanField(default=True)
    defaults = models.BinaryField(default=b"")
    allowed_users = models.TextField(default="[]")
    denied_users = models.TextField(default="[]")
    unknown_policy = models.CharField(max_length=16, default="hold")
    error_policy = models.CharField(max_length=32, default="retry-current-job")
    expire_after_s = models.BigIntegerField(default=0)
    operator_message = models.TextField(default="", blank=True)
    geo_location = models.CharField(max_length=1023, default="", blank=True)
    organization = models.CharField(max_length=1023, default="", blank=True)
    organizational_unit = models.CharField(max_length=1023, default="", blank=True)
    options = models.TextField(default="{}")
    version = models.BigIntegerField(default=0)

    def __str__(self) -> str:
        return self.name


class QueueDevice(models.Model):
    """A device that a queue feeds; ``position`` keeps the administrator's order."""

    queue = models.ForeignKey(Queue, on_delete=models.CASCADE)
    device = models.ForeignKey("store.Device", on_delete=models.PROTECT)
    position = models.IntegerField(default=0)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["queue", "device"], name="queue_device_once")]
        ordering = ["queue_id", "position"]

    def __str__(self) -> str:
        return f"{self.queue_id} feeds {self.device_id}"
