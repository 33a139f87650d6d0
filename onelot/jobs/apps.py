"""Django's description of this room."""

from django.apps import AppConfig


class JobsConfig(AppConfig):
    """Long work and who does it."""

    name = "onelot.jobs"
    label = "jobs"
    default_auto_field = "django.db.models.BigAutoField"
