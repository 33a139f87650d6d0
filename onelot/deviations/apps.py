"""Django's description of this room."""

from django.apps import AppConfig


class DeviationsConfig(AppConfig):
    """Deviations and their state."""

    name = "onelot.deviations"
    label = "deviations"
    default_auto_field = "django.db.models.BigAutoField"
