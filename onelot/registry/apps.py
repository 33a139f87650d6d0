"""Django's description of this room."""

from django.apps import AppConfig


class RegistryConfig(AppConfig):
    """Organisations, sites, accounts and roles."""

    name = "onelot.registry"
    label = "registry"
    default_auto_field = "django.db.models.BigAutoField"
