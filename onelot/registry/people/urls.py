"""Addresses of the administration of people. A person may be called as any word, so nothing stands beside them."""

from django.urls import path

from onelot.registry.people import pages, places

app_name = "people"
urlpatterns = [
    path("people/", pages.people_page, name="people"),
    path("people/<str:person>/", pages.person_page, name="person"),
    path("people/<str:person>/act/", pages.act, name="act"),
    path("roles/", pages.grants_page, name="grants"),
    path("roles/table/", places.table_page, name="table"),
    path("organisations/", places.organisations_page, name="organisations"),
    path("organisations/sites/", places.sites_page, name="sites"),
]
