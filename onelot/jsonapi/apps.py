"""Django's description of this room."""

from django.apps import AppConfig


class JsonApiConfig(AppConfig):
    """Systems, tokens, requests that were answered, webhooks."""

    name = "onelot.jsonapi"
    label = "jsonapi"
    default_auto_field = "django.db.models.BigAutoField"
