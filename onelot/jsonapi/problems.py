"""A refusal as problem details (RFC 9457), for whatever goes wrong with a request."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from http import HTTPStatus
from typing import Any, cast

from django.http import HttpRequest, HttpResponse
from ninja import NinjaAPI
from ninja.errors import AuthenticationError, HttpError, ValidationError
from pydantic_core import to_json

from onelot.kernel.refusals import Refusal, Refused
from onelot.registry.rates import seconds_left
from onelot.registry.requests import PersonRequest

PROBLEM = "application/problem+json"
TYPE = "urn:onelot:refusal:"
_STATUS = {
    "registry.not_allowed": 403,
    "jsonapi.scope_missing": 403,
    "jsonapi.csrf": 403,
    "ledger.evidence_missing": 404,
    "ledger.not_recorded": 503,
    "ledger.evidence_not_kept": 503,
    "jsonapi.too_many_requests": 429,
    "jsonapi.secrets_key_missing": 503,
    "jsonapi.secrets_key_wrong": 503,
    "jsonapi.not_signed_in": 401,
    "jsonapi.body_too_large": 413,
    "jsonapi.content_type": 415,
    "jsonapi.body": 400,
    "jsonapi.query_unknown": 400,
    "jsonapi.text": 400,
    "jsonapi.key_missing": 400,
}
_LAST_PART = {"unknown": 404, "changed": 409, "not_now": 409, "contended": 409, "condition_failed": 409}
_TITLES = {401: "jsonapi.not_signed_in", 404: "jsonapi.unknown", 405: "jsonapi.method"}

_NOT_SIGNED_IN = (
    Refusal(
        "jsonapi.not_signed_in", "A token is needed, or to be signed in.", where="Authorization",
        expected="Bearer and a token that is valid now",
    ),
)  # fmt: skip

logger = logging.getLogger(__name__)


def status_of(refusal: Refusal) -> int:
    """HTTP status of a refusal; 422 where the request was understood and cannot be carried out."""
    return _STATUS.get(refusal.code) or _LAST_PART.get(refusal.code.rpartition(".")[2], 422)


def problem(request: HttpRequest, refusals: Sequence[Refusal], status: int | None = None) -> HttpResponse:
    """The first refusal, and all of them as ``errors`` where there are several."""
    first = refusals[0]
    status = status or status_of(first)
    said = first.as_dict()
    body: dict[str, Any] = {
        "type": TYPE + first.code,
        "title": first.what,
        "status": status,
        "detail": _detail(first),
        "instance": request.path,
        **{name: said[name] for name in ("code", "where", "expected", "got", "hint") if name in said},
    }
    if len(refusals) > 1:
        body["errors"] = [refusal.as_dict() for refusal in refusals[:100]]
    response = HttpResponse(to_json(body), status=status, content_type=PROBLEM)
    response["Cache-Control"] = "no-store"
    if status == HTTPStatus.UNAUTHORIZED:
        response["WWW-Authenticate"] = 'Bearer realm="onelot"'
    if status == HTTPStatus.TOO_MANY_REQUESTS:
        response["Retry-After"] = str(seconds_left(cast("PersonRequest", request).clock()))
    if status == HTTPStatus.SERVICE_UNAVAILABLE:
        response["Retry-After"] = "10"
    return response


def plain(request: HttpRequest, status: int) -> HttpResponse:
    """A problem of which only the status is known, for example an address that there is not."""
    try:
        what = HTTPStatus(status).phrase
    except ValueError:
        what = "Not done"
    code = _TITLES.get(status, f"jsonapi.http_{status}")
    return problem(request, (Refusal(code, f"{what}.", where=request.path[:200]),), status)


def tell(api: NinjaAPI) -> None:
    """Let the API answer every error with a problem; what nobody foresaw is logged and says nothing of the inside."""
    handlers: dict[type[Exception], Any] = {
        Refused: lambda request, error: problem(request, error.refusals),
        AuthenticationError: lambda request, _: problem(request, _NOT_SIGNED_IN),
        HttpError: lambda request, error: plain(request, error.status_code),
        ValidationError: _wrong_fields,
        Exception: _unforeseen,
    }
    for kind, handler in handlers.items():
        api.add_exception_handler(kind, handler)


def _wrong_fields(request: HttpRequest, error: ValidationError) -> HttpResponse:
    refusals = [
        Refusal(
            "jsonapi.field",
            f"{str(fault.get('msg', 'This cannot be used'))[:200]}.",
            where=".".join(str(part) for part in fault.get("loc", ()))[:200],
        )
        for fault in error.errors
    ]
    return problem(request, refusals or [Refusal("jsonapi.field", "A field cannot be used.")])


def _unforeseen(request: HttpRequest, error: Exception) -> HttpResponse:
    logger.error("An API request failed: %s %s", request.method, request.path, exc_info=error)
    return plain(request, HTTPStatus.INTERNAL_SERVER_ERROR)


def _detail(refusal: Refusal) -> str:
    parts = [f"{refusal.where}: {refusal.what}" if refusal.where else refusal.what]
    if refusal.expected:
        parts.append(f"Expected: {refusal.expected}.")
    if refusal.got:
        parts.append(f"Got: {refusal.got}.")
    if refusal.hint:
        parts.append(refusal.hint)
    return " ".join(parts)
