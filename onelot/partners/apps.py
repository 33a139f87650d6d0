"""Django's description of the pages of sites."""

from django.apps import AppConfig


class PartnersConfig(AppConfig):
    """Documents that came in, and what is missing yet."""

    name = "onelot.partners"
    label = "partners"
    default_auto_field = "django.db.models.BigAutoField"
