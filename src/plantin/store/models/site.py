"""A place with devices, a network and a link that may fail."""

from django.db import models


class Site(models.Model):
    name = models.CharField(max_length=127, unique=True)
    created_at = models.BigIntegerField(default=0)

    def __str__(self) -> str:
        return self.name
