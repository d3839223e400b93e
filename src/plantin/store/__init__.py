"""The only room that knows a database: models, migrations, commands (units of work) and queries.

The door is :func:`plantin.store.database.open_database` and :class:`plantin.store.access.Store`. Commands are
synchronous functions that run in one transaction on the writer's thread; nothing awaits inside one (law 8).

Importing the room sets Django up with the settings of :mod:`plantin.store.settings`, because models can't be
imported before that; which database it is, ``open_database`` says.
"""

import os

import django.apps
import django.conf

if not django.conf.settings.configured and "DJANGO_SETTINGS_MODULE" not in os.environ:
    from plantin.store import settings as _base

    django.conf.settings.configure(**{name: getattr(_base, name) for name in dir(_base) if name.isupper()})
    # Not django.setup(): it loads URLs, templates and mail as well, a quarter of what a short command costs.
    django.apps.apps.populate(django.conf.settings.INSTALLED_APPS)
