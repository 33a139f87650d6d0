"""Django's description of this room."""

from django.apps import AppConfig


class RenewalConfig(AppConfig):
    """Which lots want another review."""

    name = "onelot.review.renewal"
    label = "renewal"
    default_auto_field = "django.db.models.BigAutoField"
