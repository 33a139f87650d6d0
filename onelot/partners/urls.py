"""Addresses of the pages of sites."""

from django.urls import path

from onelot.partners import document_pages, pages

app_name = "partners"
urlpatterns = [
    path("", pages.home, name="home"),
    path("upload/", pages.upload, name="upload"),
    path("upload/hand-over/", pages.hand_over, name="hand_over"),
    path("upload/read/<str:token>/", pages.reading, name="reading"),
    path("mappings/", document_pages.mappings, name="mappings"),
    path("documents/", document_pages.documents, name="documents"),
    path("documents/<int:position>/", document_pages.document, name="document"),
    path("documents/<int:position>/receipt/", document_pages.receipt, name="receipt"),
    path("documents/<int:position>/receipt.json", document_pages.receipt_file, name="receipt_file"),
]
