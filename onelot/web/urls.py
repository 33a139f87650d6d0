"""Every address of the site."""

from __future__ import annotations

from django.contrib.auth.views import LoginView, LogoutView
from django.urls import include, path

from onelot.web.pages import home

urlpatterns = [
    path("", home, name="home"),
    path("sign-in/", LoginView.as_view(template_name="web/sign_in.html"), name="sign_in"),
    path("sign-out/", LogoutView.as_view(), name="sign_out"),
    path("desk/", include("onelot.review.desk.urls")),
]
