"""Django's description of the dossier, for its page."""

from django.apps import AppConfig


class DossierConfig(AppConfig):
    """The page from which a dossier is taken."""

    name = "onelot.disposition.dossier"
    label = "dossier"
