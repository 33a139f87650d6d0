"""Addresses of the board."""

from django.urls import path

from onelot.disposition.board import pages

app_name = "board"
urlpatterns = [
    path("", pages.board, name="board"),
    path("declare/", pages.declare, name="declare"),
    path("lots/", pages.lots, name="lots"),
    path("lots.csv", pages.lots_csv, name="lots_csv"),
    path("figures.csv", pages.figures_csv, name="figures_csv"),
]
