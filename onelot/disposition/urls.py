"""Addresses of dispositions."""

from django.urls import path

from onelot.disposition import pages

app_name = "disposition"
urlpatterns = [
    path("", pages.lots_page, name="lots"),
    path("register/", pages.register_page, name="register"),
    path("certificates/<str:number>/", pages.certificate_page, name="certificate"),
    path("lots/<path:lot>/state/", pages.state, name="state"),
    path("lots/<path:lot>/decide/", pages.decide, name="decide"),
    path("lots/<path:lot>/", pages.lot_page, name="lot"),
]
