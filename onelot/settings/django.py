"""Django's settings. SQLite by default; PostgreSQL when ONELOT_DATABASE_URL names one."""

from __future__ import annotations

from onelot.settings.configuration import configuration
from onelot.settings.databases import database_settings

DEBUG = configuration.debug
SECRET_KEY = configuration.secret_key.get_secret_value()
ALLOWED_HOSTS = configuration.allowed_hosts
INSTALLED_APPS = [
    "onelot.ledger",
    "onelot.registry",
    "onelot.review.desk",
    "django.contrib.auth",
    "django.contrib.contenttypes",
]
AUTH_USER_MODEL = "registry.Account"
DATABASES = {"default": database_settings(configuration)}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
USE_TZ = True
TIME_ZONE = "UTC"
USE_I18N = True
LANGUAGE_CODE = "en"
