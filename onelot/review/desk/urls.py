"""Addresses of the desk."""

from django.urls import path

from onelot.review.desk import chart_pages, pages, presence_pages, reviewed_pages

app_name = "desk"
urlpatterns = [
    path("", pages.queue_page, name="queue"),
    path("documents/<str:digest>/", reviewed_pages.reviewed_with, name="reviewed_with"),
    path("lots/<path:lot>/act/", pages.act, name="act"),
    path("lots/<path:lot>/sign/", pages.sign, name="sign"),
    path("lots/<path:lot>/present/", presence_pages.present, name="present"),
    path(
        "lots/<path:lot>/chart/<str:finding>/<str:theme>/<str:name>.svg",
        chart_pages.chart_image,
        name="chart_image",
    ),
    path("lots/<path:lot>/chart/<str:finding>/", chart_pages.chart, name="chart"),
    path("lots/<path:lot>/", pages.lot_page, name="lot"),
]
