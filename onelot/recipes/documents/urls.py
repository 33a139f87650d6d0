"""Addresses of the documents."""

from django.urls import path

from onelot.recipes.documents import pages, writing_pages

app_name = "documents"
urlpatterns = [
    path("", pages.list_page, name="list"),
    path("new/", writing_pages.prepare, name="prepare"),
    path("versions/<str:digest>/", pages.version_page, name="version"),
    path("versions/<str:digest>/act/", pages.act, name="act"),
    path("versions/<str:digest>/file/", pages.file, name="file"),
    path("<str:kind>/<str:identity>/", pages.document_page, name="document"),
]
