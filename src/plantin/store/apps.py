"""The Django application that holds Plantin's tables."""

from django.apps import AppConfig


class StoreConfig(AppConfig):
    name = "plantin.store"
    label = "store"
