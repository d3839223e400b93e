"""The ledger's tables (``docs/ledger.md``), and those beside it: defaults, vouchers, allocations, refunds.

The journal (:class:`LedgerTransaction`, :class:`Posting`) is append-only: triggers refuse UPDATE and DELETE
in the database itself. Its moments are UTC **microseconds** (``*_us``), because that is what the digests are
made of; all other times are milliseconds as everywhere. It has no foreign keys: accounts are never deleted
(a trigger), the journal is written in one place, and ``plantin ledger verify`` proves more than a key could.

Kept sums (an account's ``booked`` and ``reserved``, the open reservations, the head) are derived from the
journal; ``verify`` compares them with a recount.
"""

from django.db import models


class Account(models.Model):
    """One account: :class:`plantin.ledger.accounts.Account`, and its balance as the journal sums it."""

    id = models.CharField(max_length=120, primary_key=True)
    kind = models.CharField(max_length=16)
    unit = models.CharField(max_length=120)
    name = models.TextField(default="", blank=True)
    owner = models.TextField(null=True)
    parent = models.CharField(max_length=120, null=True)
    restricted = models.BooleanField(default=True)
    overdraft = models.BigIntegerField(null=True)
    """Minor units; NULL: the default of the unit."""
    users = models.TextField(default="[]")
    groups = models.TextField(default="[]")
    pin_digest = models.TextField(default="", blank=True)
    closed = models.BooleanField(default=False)
    booked = models.BigIntegerField(default=0)
    reserved = models.BigIntegerField(default=0)

    class Meta:
        indexes = [
            models.Index(fields=["parent"], name="account_below", condition=models.Q(parent__isnull=False)),
            models.Index(fields=["owner"], name="account_of_owner", condition=models.Q(owner__isnull=False)),
        ]

    def __str__(self) -> str:
        return self.id


class LedgerHead(models.Model):
    """The end of the chain: one row."""

    book = models.TextField(primary_key=True)
    number = models.BigIntegerField(default=0)
    digest = models.BinaryField()

    def __str__(self) -> str:
        return f"{self.book} at {self.number}"


class LedgerTransaction(models.Model):
    """One entry of the journal; everything that its digest covers, but for the postings."""

    number = models.BigIntegerField(primary_key=True)
    key = models.CharField(max_length=200)
    kind = models.CharField(max_length=16)
    at_us = models.BigIntegerField()
    input_digest = models.BinaryField()
    refers_to = models.BigIntegerField(null=True)
    job = models.TextField(default="", blank=True)
    """The job's UUID; empty for what no job caused."""
    actor = models.TextField(default="", blank=True)
    memo = models.TextField(default="", blank=True)
    expires_at_us = models.BigIntegerField(null=True)
    previous = models.BinaryField()
    digest = models.BinaryField()

    class Meta:
        indexes = [
            models.Index(
                fields=["refers_to"],
                name="ledger_refers_to",
                condition=models.Q(refers_to__isnull=False),
            ),
            models.Index(fields=["job"], name="ledger_job", condition=models.Q(job__gt="")),
        ]
        constraints = [models.UniqueConstraint(fields=["key"], name="ledger_key_once")]

    def __str__(self) -> str:
        return f"{self.number} {self.kind}"


class Posting(models.Model):
    """What a transaction adds to an account; ``position`` keeps the order that its digest covers."""

    pk = models.CompositePrimaryKey("number", "position")
    number = models.BigIntegerField()
    position = models.IntegerField()
    account = models.CharField(max_length=120)
    unit = models.CharField(max_length=120)
    amount = models.BigIntegerField()
    layer = models.SmallIntegerField()
    share = models.IntegerField()

    class Meta:
        indexes = [models.Index(fields=["account", "number"], name="posting_of_account")]

    def __str__(self) -> str:
        return f"{self.number}/{self.position}"


class OpenReservation(models.Model):
    """A reservation that nothing has ended yet; kept so that what is due is found quickly."""

    number = models.BigIntegerField(primary_key=True)
    expires_at_us = models.BigIntegerField()

    class Meta:
        indexes = [models.Index(fields=["expires_at_us", "number"], name="reservation_due")]

    def __str__(self) -> str:
        return str(self.number)


class DefaultAccount(models.Model):
    """The account that a person's jobs are charged to when they name none."""

    person = models.TextField(primary_key=True)
    account = models.CharField(max_length=120)

    def __str__(self) -> str:
        return f"{self.person}: {self.account}"


class VoucherBatch(models.Model):
    """Vouchers made together."""

    name = models.CharField(max_length=120, primary_key=True)
    unit = models.CharField(max_length=120)
    value = models.BigIntegerField()
    count = models.IntegerField()
    expires_on = models.DateField(null=True)
    created_at = models.BigIntegerField(default=0)
    created_by = models.TextField(default="", blank=True)

    def __str__(self) -> str:
        return self.name


class Voucher(models.Model):
    """One voucher: its code is not kept, only its digest. That it was used, the journal says by its key."""

    digest = models.CharField(max_length=64, primary_key=True)
    batch = models.ForeignKey(VoucherBatch, on_delete=models.PROTECT)
    serial = models.IntegerField()
    withdrawn = models.BooleanField(default=False)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["batch", "serial"], name="voucher_serial_once")]

    def __str__(self) -> str:
        return f"{self.batch_id}/{self.serial}"


class AllocationRule(models.Model):
    """A scheduled allocation: :class:`plantin.ledger.allocations.Allocation`, and how far it has been run."""

    name = models.CharField(max_length=120, primary_key=True)
    unit = models.CharField(max_length=120)
    amount = models.BigIntegerField()
    cap = models.BigIntegerField(null=True)
    every = models.CharField(max_length=16)
    starts_on = models.IntegerField(default=1)
    terms = models.TextField(default="[]")
    users = models.TextField(default="[]")
    groups = models.TextField(default="[]")
    granted_until = models.DateField()
    """Periods that began up to this day have been granted."""

    def __str__(self) -> str:
        return self.name


class RefundRequest(models.Model):
    """Somebody wants paid back what a charge took: :class:`plantin.ledger.refunds.RefundRequest`."""

    charge = models.BigIntegerField(db_index=True)
    """The number of the transaction."""
    unit = models.CharField(max_length=120)
    asked = models.BigIntegerField()
    granted = models.BigIntegerField(default=0)
    asked_by = models.TextField()
    state = models.CharField(max_length=16)

    class Meta:
        indexes = [
            models.Index(fields=["id"], name="refund_open", condition=models.Q(state="asked")),
        ]

    def __str__(self) -> str:
        return f"{self.pk} {self.state}"


class RefundStep(models.Model):
    """One line of a refund request's trail."""

    request = models.ForeignKey(RefundRequest, on_delete=models.PROTECT)
    state = models.CharField(max_length=16)
    actor = models.TextField()
    at_us = models.BigIntegerField()
    note = models.TextField(default="", blank=True)

    def __str__(self) -> str:
        return f"{self.request_id} {self.state}"
