"""Addresses of deviations."""

from django.urls import path

from onelot.review.desk import deviation_pages

app_name = "deviations"
urlpatterns = [
    path("", deviation_pages.list_page, name="list"),
    path("<str:number>/act/", deviation_pages.act, name="act"),
    path("<str:number>/", deviation_pages.deviation_page, name="deviation"),
]
