"""Addresses of the audit trail."""

from django.urls import path

from onelot.audit import pages

app_name = "audit"
urlpatterns = [
    path("", pages.trail, name="trail"),
    path("export/", pages.export, name="export"),
]
