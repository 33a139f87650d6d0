"""Addresses of the lot page: one lot's whole life, and the originals behind it."""

from django.urls import path

from onelot.review.desk import evidence_pages, lot_pages

app_name = "lots"
urlpatterns = [
    path("<path:lot>/evidence/<int:position>/", evidence_pages.evidence, name="evidence"),
    path("<path:lot>/original/<str:document>/", evidence_pages.original, name="original"),
    path("<path:lot>/signed/<str:document>/", evidence_pages.signed, name="signed"),
    path("<path:lot>/entry/<int:position>/", evidence_pages.entry, name="entry"),
    path("<path:lot>/proof/<int:position>/", evidence_pages.proof, name="proof"),
    path("<path:lot>/", lot_pages.lot_page, name="lot"),
]
