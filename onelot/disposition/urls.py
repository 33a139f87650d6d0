"""Addresses of dispositions."""

from django.urls import path

from onelot.disposition import pages
from onelot.disposition.documents import pages as documents

app_name = "disposition"
urlpatterns = [
    path("", pages.lots_page, name="lots"),
    path("register/", pages.register_page, name="register"),
    path("certificates/<str:number>/", pages.certificate_page, name="certificate"),
    path("lots/<path:lot>/documents/<str:kind>/", documents.page, name="document"),
    path("lots/<path:lot>/statements/<str:document>/", pages.statement_file, name="statement_file"),
    path("lots/<path:lot>/state/", pages.state, name="state"),
    path("lots/<path:lot>/decide/", pages.decide, name="decide"),
    path("lots/<path:lot>/", pages.lot_page, name="lot"),
]
