"""What the house has laid down: tariffs, policies, and the groups that both name.

A tariff and a policy are kept as the text that was given, comments included; the pure rooms read it.
"""

from django.db import models


class Tariff(models.Model):
    """One price list, as TOML (``docs/ledger.md``)."""

    name = models.CharField(max_length=500, unique=True)
    """The name that the text itself gives."""
    source = models.TextField()
    actor = models.CharField(max_length=255, default="", blank=True)
    changed_at = models.BigIntegerField(default=0)

    class Meta:
        db_table = "store_tariff"

    def __str__(self) -> str:
        return self.name


class Policy(models.Model):
    """One document of rules, as TOML (``docs/policy.md``). Rules are asked in the order of the rows' ids,
    which a document that is replaced keeps."""

    name = models.CharField(max_length=127, unique=True)
    source = models.TextField()
    actor = models.CharField(max_length=255, default="", blank=True)
    changed_at = models.BigIntegerField(default=0)

    class Meta:
        db_table = "store_policy"

    def __str__(self) -> str:
        return self.name


class GroupMember(models.Model):
    """A person in a group."""

    group_name = models.CharField(max_length=255)
    member = models.CharField(max_length=255, db_index=True)

    class Meta:
        db_table = "store_group_member"
        constraints = [models.UniqueConstraint(fields=["group_name", "member"], name="group_member_once")]

    def __str__(self) -> str:
        return f"{self.member} in {self.group_name}"


class DeviceGroupMember(models.Model):
    """A device in a group of devices."""

    group_name = models.CharField(max_length=120)
    device = models.ForeignKey("store.Device", on_delete=models.CASCADE)

    class Meta:
        db_table = "store_device_group"
        constraints = [models.UniqueConstraint(fields=["group_name", "device"], name="device_group_once")]

    def __str__(self) -> str:
        return f"{self.device_id} in {self.group_name}"
