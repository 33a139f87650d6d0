"""Addresses of this room."""

from django.urls import path

from onelot.notices import pages

app_name = "notices"
urlpatterns = [path("", pages.mails_page, name="mails")]
