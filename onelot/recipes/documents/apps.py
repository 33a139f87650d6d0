"""Django's description of this room."""

from django.apps import AppConfig


class DocumentsConfig(AppConfig):
    """Versions of documents and their states."""

    name = "onelot.recipes.documents"
    label = "documents"
    default_auto_field = "django.db.models.BigAutoField"
