"""Django's description of the vault."""

from django.apps import AppConfig


class VaultConfig(AppConfig):
    """Patients' personal data."""

    name = "onelot.registry.vault"
    label = "vault"
    default_auto_field = "django.db.models.BigAutoField"
