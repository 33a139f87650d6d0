"""Addresses of signing in and of accounts. Names without a room are those that allauth's flows go to."""

from __future__ import annotations

from allauth.account.views import reauthenticate
from django.contrib.auth.views import LogoutView
from django.urls import include, path

from onelot.registry.access import administration, pages, single_sign_on

_sign_in, _sign_out = pages.SignInPage.as_view(), LogoutView.as_view()
urlpatterns = [
    path("sign-in/", _sign_in, name="sign_in"),
    path("sign-in/", _sign_in, name="account_login"),
    path("sign-out/", _sign_out, name="sign_out"),
    path("sign-out/", _sign_out, name="account_logout"),
    path("password/new/", pages.new_password, name="new_password"),
    path("password/<str:person>/<str:token>/", pages.follow_link, name="password_link"),
    path("account/", pages.account_page, name="account"),
    path("account/password/", pages.change_password, name="change_password"),
    path("account/statement/", pages.accept_statement, name="accept_statement"),
    path("account/confirm/", reauthenticate, name="account_reauthenticate"),
    path("account/factors/", include("allauth.mfa.base.urls")),
    path("account/factors/app/", include("allauth.mfa.totp.urls")),
    path("account/factors/recovery/", include("allauth.mfa.recovery_codes.urls")),
    path("account/factors/keys/", include("allauth.mfa.webauthn.urls")),
    path("session/stay/", pages.stay, name="stay"),
    path("session/kept/", pages.kept, name="kept"),
    path("sso/<slug:provider_id>/", single_sign_on.begin, name="openid_connect_login"),
    path("sso/<slug:provider_id>/back/", single_sign_on.callback, name="openid_connect_callback"),
    path("access/", administration.access_page, name="access"),
    path("access/notices/", administration.notices_page, name="access_notices"),
    path("access/people/<str:person>/", administration.person_page, name="access_person"),
    path("access/people/<str:person>/act/", administration.act, name="access_act"),
]
