"""Once is enough and twice does no harm: a request with an idempotency key is carried out once, and answered alike.

The key, what the request does, and the answer are written in one transaction. So of requests that come at the same
time one is carried out, the others wait for it and get its answer; and where the server dies in the middle, neither
the effect nor the key is there, and the request may come again. A refusal changes nothing and is not kept.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import cast

from django.db import IntegrityError, transaction
from django.http import HttpRequest, HttpResponse

from onelot.jsonapi.models import KeptAnswer
from onelot.jsonapi.webhooks.secrets import open_answer, seal_answer
from onelot.kernel.canonical import digest
from onelot.kernel.refusals import refuse
from onelot.registry.requests import PersonRequest

KEPT_FOR = timedelta(days=7)
REPLAYED = "Idempotency-Replayed"
_KEPT_HEADERS = ("Content-Type", "Location")

Carry = Callable[[], HttpResponse]


def answer_once(
    request: HttpRequest, key: str, body: bytes, carry_out: Carry, *, holds_secret: bool = False
) -> HttpResponse:
    """Carry out a request, or give the answer that it got before; one that ``holds_secret`` is kept sealed.

    Raises Refused (``jsonapi.key_of_another_request``), and what ``carry_out`` raises.
    """
    with transaction.atomic():
        kept = _new(request, key, body)
        if kept is None:
            return _again(request, key, body)
        response = carry_out()
        _keep(kept, response, is_sealed=holds_secret)
    return response


def answer_long_once(request: HttpRequest, key: str, body: bytes, carry_out: Carry) -> HttpResponse:
    """The same for what takes long and does no harm when done twice: nobody waits for it, the first answer counts."""
    if _found(request, key) is not None:
        return _again(request, key, body)
    response = carry_out()
    with transaction.atomic():
        kept = _new(request, key, body)
        if kept is not None:
            _keep(kept, response, is_sealed=False)
            return response
    return _again(request, key, body)


def forget(now: datetime) -> int:
    """Delete answers that were kept long enough; how many."""
    return KeptAnswer.objects.filter(kept_at__lt=now - KEPT_FOR).delete()[0]


def _new(request: HttpRequest, key: str, body: bytes) -> KeptAnswer | None:
    """The row of a new key; None where the key is there. Waits for another request with the key to end."""
    person = cast("PersonRequest", request)
    try:
        with transaction.atomic():
            return KeptAnswer.objects.create(
                owner=person.actor.who, key=key, request=_request(request, body), kept_at=person.clock()
            )
    except IntegrityError:
        return None


def _keep(kept: KeptAnswer, response: HttpResponse, *, is_sealed: bool) -> None:
    body = response.content
    kept.status, kept.is_sealed = response.status_code, is_sealed
    kept.body = seal_answer(kept.owner, kept.key, body) if is_sealed else body
    kept.headers = {name: response[name] for name in _KEPT_HEADERS if response.has_header(name)}
    kept.save(update_fields=["status", "body", "headers", "is_sealed"])


def _found(request: HttpRequest, key: str) -> KeptAnswer | None:
    owner = cast("PersonRequest", request).actor.who
    return KeptAnswer.objects.filter(owner=owner, key=key).first()


def _again(request: HttpRequest, key: str, body: bytes) -> HttpResponse:
    kept = _found(request, key)
    if kept is None or kept.request != _request(request, body):
        raise refuse(
            "jsonapi.key_of_another_request", "This idempotency key was used for another request.",
            where="Idempotency-Key", got=key, hint="Make a new key for each new request.",
        )  # fmt: skip
    found = open_answer(kept.owner, kept.key, bytes(kept.body)) if kept.is_sealed else bytes(kept.body)
    response = HttpResponse(found, status=kept.status)
    for name, value in kept.headers.items():
        response[name] = value
    response[REPLAYED] = "true"
    return response


def _request(request: HttpRequest, body: bytes) -> str:
    return digest(f"{request.method} {request.get_full_path()}\n".encode() + body)
