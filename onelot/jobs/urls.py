"""Addresses of this room."""

from django.urls import path

from onelot.jobs import pages

app_name = "jobs"
urlpatterns = [
    path("", pages.list_page, name="list"),
    path("<str:job>/", pages.job_page, name="job"),
    path("<str:job>/act/", pages.act, name="act"),
    path("<str:job>/file/", pages.file, name="file"),
]
