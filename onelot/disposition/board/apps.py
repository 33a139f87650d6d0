"""Django's description of the board."""

from django.apps import AppConfig


class BoardConfig(AppConfig):
    """Figures over all lots."""

    name = "onelot.disposition.board"
    label = "board"
    default_auto_field = "django.db.models.BigAutoField"
