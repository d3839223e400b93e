"""Jobs, their documents and the attempts to print them.

The partial indexes are the reason why a million finished jobs and a hundred thousand held ones cost a new job
nothing: each question walks only the rows that can answer it.
"""

from django.db import models
from django.db.models import Q


class Job(models.Model):
    uuid = models.CharField(max_length=36, unique=True)
    queue = models.ForeignKey("store.Queue", on_delete=models.PROTECT, db_index=False)
    device = models.ForeignKey("store.Device", on_delete=models.PROTECT, null=True, db_index=False)
    """The one device it was released or moved to; NULL: any device of its queue."""
    assigned_id = models.BigIntegerField(null=True)
    """The device that it was last tried on (output-device-assigned)."""
    state = models.SmallIntegerField()
    reasons = models.TextField()
    message = models.TextField(default="", blank=True)
    name = models.CharField(max_length=255)
    owner = models.CharField(max_length=255)
    owner_proof = models.CharField(max_length=32)
    host = models.CharField(max_length=255, default="", blank=True)
    address = models.CharField(max_length=64, default="", blank=True)
    priority = models.SmallIntegerField(default=50)
    rank = models.BigIntegerField()
    """Order within one priority: id times 65,536, or what Promote-Job, Schedule-Job-After made of it."""
    attributes = models.BinaryField(default=b"")
    octets = models.BigIntegerField(default=0)
    documents = models.IntegerField(default=0)
    created_at = models.BigIntegerField()
    processing_at = models.BigIntegerField(default=0)
    completed_at = models.BigIntegerField(default=0)
    hold_reason = models.CharField(max_length=64, default="", blank=True)
    hold_until = models.BigIntegerField(default=0)
    hold_keyword = models.CharField(max_length=255, default="", blank=True)
    expires_at = models.BigIntegerField(default=0)
    incoming_until = models.BigIntegerField(default=0)
    due_at = models.BigIntegerField(default=0)
    """The first moment at which time alone changes this job (hold-until, expiry, time-out); 0: never."""
    attempts = models.IntegerField(default=0)
    retry_at = models.BigIntegerField(default=0)
    stop_requested = models.CharField(max_length=64, default="", blank=True)
    impressions = models.BigIntegerField(default=-1)
    sheets = models.BigIntegerField(default=-1)
    copies = models.IntegerField(default=1)
    language = models.CharField(max_length=63, default="en")
    charset = models.CharField(max_length=63, default="utf-8")
    frontend = models.CharField(max_length=16, default="ipp")
    password = models.CharField(max_length=255, default="", blank=True)
    documents_retired_at = models.BigIntegerField(default=0)
    gate = models.SmallIntegerField(default=0)
    """Whether accounting lets it print (:class:`plantin.core.model.Gate`)."""
    books_closed = models.BooleanField(default=False)
    """It has ended, and what it used is counted and charged."""

    class Meta:
        indexes = [
            models.Index(fields=["queue", "-priority", "rank"], name="job_ready", condition=Q(state=3)),
            models.Index(
                fields=["device", "-priority", "rank"],
                name="job_ready_on_device",
                condition=Q(state=3, device__isnull=False),
            ),
            models.Index(fields=["queue", "-priority", "rank"], name="job_open", condition=Q(state__lt=7)),
            models.Index(fields=["owner", "id"], name="job_open_of_owner", condition=Q(state__lt=7)),
            models.Index(
                fields=["queue", "completed_at", "id"], name="job_done_of_queue", condition=Q(state__gte=7)
            ),
            models.Index(fields=["completed_at", "id"], name="job_done", condition=Q(state__gte=7)),
            models.Index(fields=["queue"], name="job_printing", condition=Q(state__in=(5, 6))),
            models.Index(
                fields=["completed_at"],
                name="job_with_documents",
                condition=Q(state__gte=7, documents_retired_at=0),
            ),
            models.Index(fields=["due_at"], name="job_due", condition=Q(due_at__gt=0)),
            models.Index(fields=["id"], name="job_books_open", condition=Q(books_closed=False)),
        ]

    def __str__(self) -> str:
        return f"{self.id} {self.name}"


class Document(models.Model):
    job = models.ForeignKey(Job, on_delete=models.CASCADE)
    number = models.IntegerField()
    format = models.CharField(max_length=255)
    declared_format = models.CharField(max_length=255, default="", blank=True)
    name = models.CharField(max_length=255, default="", blank=True)
    octets = models.BigIntegerField()
    sha256 = models.BinaryField()
    spool_name = models.CharField(max_length=255)
    """File in the spool; empty once the document is retired."""
    spool_offset = models.BigIntegerField(default=0)
    spool_size = models.BigIntegerField(default=0)
    uri = models.TextField(default="", blank=True)
    language = models.CharField(max_length=63, default="", blank=True)
    attributes = models.BinaryField(default=b"")
    created_at = models.BigIntegerField()

    class Meta:
        indexes = [models.Index(fields=["spool_name"], name="document_spool", condition=~Q(spool_name=""))]

    def __str__(self) -> str:
        return f"{self.job_id}/{self.number}"


class Attempt(models.Model):
    """One try to print a job on one device; recorded before the device is touched (law 3)."""

    job = models.ForeignKey(Job, on_delete=models.CASCADE)
    device = models.ForeignKey(
        "store.Device", on_delete=models.DO_NOTHING, db_constraint=False, db_index=False
    )
    """It may be gone since: the history must not keep an administrator from removing a device."""
    number = models.IntegerField()
    started_at = models.BigIntegerField()
    sending_at = models.BigIntegerField(default=0)
    """When the first byte was about to leave; 0: paper cannot exist."""
    ended_at = models.BigIntegerField(default=0)
    outcome = models.CharField(max_length=16, default="", blank=True)
    reason = models.CharField(max_length=64, default="", blank=True)
    text = models.TextField(default="", blank=True)
    octets_sent = models.BigIntegerField(default=0)
    impressions = models.BigIntegerField(default=-1)
    sheets = models.BigIntegerField(default=-1)
    confirmed = models.BooleanField(default=False)
    device_job = models.CharField(max_length=1023, default="", blank=True)

    class Meta:
        indexes = [models.Index(fields=["id"], name="attempt_open", condition=Q(ended_at=0))]

    def __str__(self) -> str:
        return f"{self.job_id} on {self.device_id} #{self.number}"
