"""Signing in at the organisation's identity provider (OpenID Connect). It never makes an account.

Who comes back is the person whose subject an administrator recorded, or, once, the only person whose address in the
registry the provider has verified; the subject is then recorded.
"""

from __future__ import annotations

import logging
from typing import Any

from allauth.account.utils import perform_login
from allauth.core.exceptions import ImmediateHttpResponse
from allauth.socialaccount.adapter import DefaultSocialAccountAdapter
from allauth.socialaccount.internal import jwtkit
from allauth.socialaccount.models import SocialLogin
from allauth.socialaccount.providers.oauth2.client import OAuth2Error
from allauth.socialaccount.providers.oauth2.views import OAuth2CallbackView, OAuth2LoginView
from allauth.socialaccount.providers.openid_connect.views import OpenIDConnectOAuth2Adapter
from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from requests import RequestException

from onelot.kernel.refusals import Refused
from onelot.registry.access.service import record_subject
from onelot.registry.models import Account, Subject

LOG = logging.getLogger("onelot.security")
PROVIDER = "sso"


class SubjectAdapter(DefaultSocialAccountAdapter):  # type: ignore[misc]
    """Lets nobody in but people whom the registry knows."""

    def is_open_for_signup(self, *_: object) -> bool:
        """Accounts come from the registry."""
        return False

    def pre_social_login(self, request: HttpRequest, sociallogin: SocialLogin) -> None:
        """Takes over where allauth would look for its own accounts, or make one."""
        raise ImmediateHttpResponse(_admit(request, sociallogin))

    def on_authentication_error(self, request: HttpRequest, *_: Any, **__: Any) -> None:
        """Whatever went wrong at the provider, the person reads the same."""
        raise ImmediateHttpResponse(_refused(request))


class VerifyingAdapter(OpenIDConnectOAuth2Adapter):  # type: ignore[misc]
    """Always checks the identity token's signature, and that the provider is the one configured."""

    def _decode_id_token(self, app: Any, id_token: str) -> dict[str, Any]:
        configured = settings.ONELOT_OIDC_ISSUER.rstrip("/")
        if str(self.openid_config.get("issuer", "")).rstrip("/") != configured:
            raise OAuth2Error("the provider names another issuer than the configured one")
        try:
            said: dict[str, Any] = jwtkit.verify_and_decode(
                credential=id_token, keys_url=self.openid_config["jwks_uri"], issuer=self.openid_config["issuer"],
                audience=app.client_id, lookup_kid=jwtkit.lookup_kid_jwk,
            )  # fmt: skip
        except KeyError as error:
            raise OAuth2Error("the provider's keys or the token name no key") from error
        return said

    def complete_login(self, request: HttpRequest, app: Any, token: Any, **kwargs: Any) -> SocialLogin:
        """Only an identity token says who somebody is."""
        if not kwargs["response"].get("id_token"):
            raise OAuth2Error("the provider gave no identity token")
        return super().complete_login(request, app, token, **kwargs)


@login_not_required
def begin(request: HttpRequest, provider_id: str) -> HttpResponse:
    """To the provider."""
    return _view(OAuth2LoginView, request, provider_id)


@login_not_required
def callback(request: HttpRequest, provider_id: str) -> HttpResponse:
    """Back from the provider."""
    return _view(OAuth2CallbackView, request, provider_id)


def _view(kind: Any, request: HttpRequest, provider_id: str) -> HttpResponse:
    if provider_id != PROVIDER or not settings.ONELOT_OIDC_ISSUER:
        raise Http404
    try:
        answer: HttpResponse = kind.adapter_view(VerifyingAdapter(request, provider_id))(request)
    except (RequestException, KeyError) as error:  # it is not there, or does not say what a provider says
        LOG.warning("the identity provider does not answer: %s", error)
        return render(request, "access/no_provider.html", status=503)
    return answer


def _admit(request: HttpRequest, sociallogin: SocialLogin) -> HttpResponse:
    account = _account(request, sociallogin)
    if account is None or not account.is_active:
        return _refused(request)
    answer: HttpResponse = perform_login(request, account, redirect_url=sociallogin.get_redirect_url(request))
    return answer


def _account(request: HttpRequest, sociallogin: SocialLogin) -> Account | None:
    issuer, subject = settings.ONELOT_OIDC_ISSUER, sociallogin.account.uid
    known = Subject.objects.filter(issuer=issuer, subject=subject).first()
    if known is not None:
        return Account.objects.filter(person=known.person).first()
    said = sociallogin.account.extra_data.get("id_token", {})
    email = said.get("email", "")
    if said.get("email_verified") is not True or not isinstance(email, str) or not email:
        return None
    people = list(Account.objects.filter(email__iexact=email, is_active=True)[:2])
    if len(people) != 1 or Subject.objects.filter(issuer=issuer, person=people[0].person).exists():
        return None  # nobody, or several; or somebody who is another subject there already
    try:
        ledger, clock = request.ledger, request.clock  # type: ignore[attr-defined]
        record_subject(
            ledger, who="system:single-sign-on", person=people[0].person, issuer=issuer, subject=subject,
            clock=clock,
        )  # fmt: skip
    except Refused:
        return None
    return people[0]


def _refused(request: HttpRequest) -> HttpResponse:
    return render(request, "access/not_admitted.html", status=403)
