"""Django's description of this room."""

from django.apps import AppConfig


class DispositionConfig(AppConfig):
    """Decisions on lots, and what they rest on."""

    name = "onelot.disposition"
    label = "disposition"
    default_auto_field = "django.db.models.BigAutoField"
