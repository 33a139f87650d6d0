"""Django's description of the desk."""

from django.apps import AppConfig


class DeskConfig(AppConfig):
    """Lots and exceptions as reviewers see them."""

    name = "onelot.review.desk"
    label = "desk"
    default_auto_field = "django.db.models.BigAutoField"
