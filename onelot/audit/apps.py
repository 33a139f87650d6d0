"""Django's description of this room."""

from django.apps import AppConfig


class AuditConfig(AppConfig):
    """Search and export of the audit trail."""

    name = "onelot.audit"
    label = "audit"
