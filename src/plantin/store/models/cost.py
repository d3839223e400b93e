"""What accounting knows of a job: its counts, its price line by line, what is reserved, what was charged."""

from django.db import models


class JobCost(models.Model):
    """One row for each job that was counted. Every figure can be traced: counts to ``reports``, prices to
    their lines, charges to the ledger's transactions of the job's UUID."""

    job = models.BigIntegerField(primary_key=True)
    counted_at = models.BigIntegerField(default=0)
    error = models.TextField(default="", blank=True)
    """Why it could not be counted; then the counts are -1: not known."""
    reports = models.TextField(default="[]")
    """JSON: what inspection says of each document."""
    pages = models.BigIntegerField(default=-1)
    input_pages = models.BigIntegerField(default=-1)
    copies = models.IntegerField(default=1)
    impressions_colour = models.BigIntegerField(default=-1)
    impressions_mono = models.BigIntegerField(default=-1)
    sheets = models.BigIntegerField(default=-1)
    blank_sides = models.BigIntegerField(default=-1)
    unit = models.CharField(max_length=32, default="", blank=True)
    quote_minor = models.BigIntegerField(default=-1)
    """The price of the whole job before it printed, minor units; -1: it has none."""
    quote_lines = models.TextField(default="[]")
    admission = models.TextField(default="", blank=True)
    """How the rules decided, in words."""
    held_for = models.CharField(max_length=64, default="", blank=True)
    """Why accounting held it last; a person's release answers that."""
    charges = models.TextField(default="", blank=True)
    """JSON: who pays, as it was decided at the admission."""
    reservation = models.BigIntegerField(default=0)
    """The ledger's open transaction that speaks for its price; 0: none."""
    settled_attempt = models.BigIntegerField(default=0)
    """Attempts up to this id are charged."""
    printed_colour = models.BigIntegerField(default=0)
    printed_mono = models.BigIntegerField(default=0)
    printed_sheets = models.BigIntegerField(default=0)
    cost_minor = models.BigIntegerField(default=0)
    """All that was charged for it, minor units."""
    cost_lines = models.TextField(default="[]")
    note = models.TextField(default="", blank=True)
    """Why something was not charged as it should have been."""

    class Meta:
        db_table = "store_job_cost"

    def __str__(self) -> str:
        return str(self.job)
