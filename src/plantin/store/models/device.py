"""Output devices."""

from django.db import models


class Device(models.Model):
    uuid = models.CharField(max_length=36, unique=True)
    name = models.CharField(max_length=127, unique=True)
    uri = models.CharField(max_length=1023)
    site = models.ForeignKey("store.Site", on_delete=models.PROTECT)
    info = models.CharField(max_length=1023, default="", blank=True)
    location = models.CharField(max_length=1023, default="", blank=True)
    make_model = models.CharField(max_length=255, default="", blank=True)
    paused = models.BooleanField(default=False)
    state = models.SmallIntegerField(default=3)
    state_reasons = models.TextField(default="none")
    state_message = models.TextField(default="", blank=True)
    state_at = models.BigIntegerField(default=0)
    capabilities = models.BinaryField(default=b"")
    capabilities_at = models.BigIntegerField(default=0)
    supplies = models.TextField(default="", blank=True)
    tls_pin = models.CharField(max_length=64, default="", blank=True)
    options = models.TextField(default="{}")
    version = models.BigIntegerField(default=0)
    created_at = models.BigIntegerField(default=0)

    def __str__(self) -> str:
        return self.name
