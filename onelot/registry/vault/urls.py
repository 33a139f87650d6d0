"""Addresses of the vault."""

from django.urls import path

from onelot.registry.vault import pages

app_name = "vault"
urlpatterns = [
    path("", pages.patients_page, name="patients"),
    path("<path:coi>/act/", pages.act, name="act"),
    path("<path:coi>/", pages.patient_page, name="patient"),
]
