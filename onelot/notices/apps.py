"""Django's description of this room."""

from django.apps import AppConfig


class NoticesConfig(AppConfig):
    """Notices by mail."""

    name = "onelot.notices"
    label = "notices"
    default_auto_field = "django.db.models.BigAutoField"
