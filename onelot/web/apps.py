"""Django's description of the shell of the site."""

from django.apps import AppConfig


class WebConfig(AppConfig):
    """Base page, components, signing in."""

    name = "onelot.web"
    label = "web"
