"""Django's description of this room."""

from django.apps import AppConfig


class IdentityConfig(AppConfig):
    """Orders, therapies, containers, labels and scans."""

    name = "onelot.identity"
    label = "identity"
    default_auto_field = "django.db.models.BigAutoField"
