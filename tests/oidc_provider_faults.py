"""The provider's addresses, and what it says wrongly when a test wants it to. Runs in the provider's process only."""

from __future__ import annotations

from typing import Any

from allauth.idp.oidc.adapter import DefaultOIDCAdapter
from allauth.idp.oidc.models import Client
from allauth.idp.oidc.views import jwks
from django.contrib.auth.hashers import make_password
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.urls import include, path

from tests.oidc_provider import CLIENT, SECRET

FAULT = ["none"]


class Adapter(DefaultOIDCAdapter):  # type: ignore[misc]
    def populate_id_token(self, id_token: dict[str, Any], *_: Any, **__: Any) -> None:
        match FAULT[0]:
            case "audience":
                id_token["aud"] = "somebody-else"
            case "issuer":
                id_token["iss"] = "https://elsewhere.example"
            case "expired":
                id_token["exp"] = 1
            case "no_email":
                id_token.pop("email", None)


def fault(_: HttpRequest, name: str) -> HttpResponse:
    FAULT[0] = name
    return HttpResponse()


def client(request: HttpRequest) -> HttpResponse:
    Client.objects.update_or_create(id=CLIENT, defaults={
        "name": "onelot", "secret": make_password(SECRET), "scopes": "openid\nprofile\nemail", "skip_consent": True,
        "redirect_uris": request.GET["redirect"],
    })  # fmt: skip
    return HttpResponse()


def keys(request: HttpRequest) -> HttpResponse:
    """The provider's keys; as a fault, another key under the same identifier."""
    import json

    found = json.loads(jwks(request).content)
    if FAULT[0] == "key":
        from cryptography.hazmat.primitives.asymmetric import rsa
        from jwt.algorithms import RSAAlgorithm

        other = json.loads(RSAAlgorithm.to_jwk(rsa.generate_private_key(65537, 2048).public_key()))
        found["keys"] = [{**key, "n": other["n"]} for key in found["keys"]]
    return JsonResponse(found)


urlpatterns = [
    path("control/fault/<str:name>/", fault),
    path("control/client/", client),
    path(".well-known/jwks.json", keys),
    path("accounts/", include("allauth.account.urls")),
    path("", include("allauth.idp.urls")),
]
