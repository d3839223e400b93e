"""Django's settings for tools (``makemigrations``, type checking) and the base of the running product's.

The running product replaces DATABASES in :mod:`plantin.store.database`; nothing here reads the environment.
"""

SECRET_KEY = "not-used-by-the-store"  # noqa: S105 (the web process makes its own)
INSTALLED_APPS = ["plantin.store"]
DATABASES = {"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": ":memory:"}}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
USE_TZ = True
TIME_ZONE = "UTC"
