"""Addresses of the ledger's page."""

from django.urls import path

from onelot.audit import ledger_pages

app_name = "ledger"
urlpatterns = [
    path("", ledger_pages.ledger_page, name="ledger"),
    path("begin/", ledger_pages.begin, name="begin"),
    path("checkpoint/", ledger_pages.checkpoint, name="checkpoint"),
    path("key/", ledger_pages.key, name="key"),
    path("entries/", ledger_pages.find, name="find"),
    path("entries/<int:position>/", ledger_pages.entry_page, name="entry"),
    path("entries/<int:position>/bytes/", ledger_pages.entry_file, name="bytes"),
    path("entries/<int:position>/proof/", ledger_pages.proof_file, name="proof"),
]
