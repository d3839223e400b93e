"""What an administrator chose while the server runs, and that is no file's business (the default queue …)."""

from django.db import models


class Setting(models.Model):
    name = models.CharField(max_length=127, primary_key=True)
    value = models.TextField()

    def __str__(self) -> str:
        return self.name
