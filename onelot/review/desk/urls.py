"""Addresses of the desk."""

from django.urls import path

from onelot.review.desk import pages

app_name = "desk"
urlpatterns = [
    path("", pages.queue_page, name="queue"),
    path("lots/<path:lot>/act/", pages.act, name="act"),
    path("lots/<path:lot>/sign/", pages.sign, name="sign"),
    path("lots/<path:lot>/", pages.lot_page, name="lot"),
]
