"""Addresses of the dossier."""

from django.urls import path

from onelot.disposition.dossier import pages

app_name = "dossier"
urlpatterns = [
    path("certificates/<str:number>/file/", pages.certificate, name="certificate"),
    path("lots/<path:lot>/dossier/file/", pages.file, name="file"),
    path("lots/<path:lot>/dossier/make/", pages.make, name="make"),
    path("lots/<path:lot>/dossier/", pages.page, name="page"),
]
