"""Django's description of the administration of people."""

from django.apps import AppConfig


class PeopleConfig(AppConfig):
    """Training of onelot's users, and reviews of what they may do."""

    name = "onelot.registry.people"
    label = "people"
    default_auto_field = "django.db.models.BigAutoField"
