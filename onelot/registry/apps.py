"""Django's description of this room."""

from django.apps import AppConfig


class RegistryConfig(AppConfig):
    """Organisations, sites, accounts and roles."""

    name = "onelot.registry"
    label = "registry"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Hear of what happens to second factors and sessions."""
        from onelot.registry.access import adapters, continuity  # noqa: F401
