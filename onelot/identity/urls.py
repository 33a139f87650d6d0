"""Addresses of identity."""

from django.urls import path

from onelot.identity import infusion_pages, label_pages, order_pages, station_pages

app_name = "identity"
urlpatterns = [
    path("orders/", order_pages.orders_page, name="orders"),
    path("orders/new/", order_pages.new_order_page, name="new_order"),
    path("orders/<str:order>/", order_pages.order_page, name="order"),
    path("orders/<str:order>/act/", order_pages.order_act, name="order_act"),
    path("scan/", station_pages.find_page, name="find"),
    path("therapies/<path:coi>/scan/", station_pages.scan_page, name="scan"),
    path("therapies/<path:coi>/labels/", label_pages.labels_page, name="labels"),
    path("therapies/<path:coi>/infusion/", infusion_pages.infusion_page, name="infusion"),
]
