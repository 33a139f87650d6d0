"""One way to write an operation: its scope, who may, what it says; with every answer that it can give described."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import wraps
from inspect import signature
from typing import Any, TypeVar, get_type_hints

from django.http import HttpRequest, HttpResponse
from ninja import Header, Router, Schema
from ninja.utils import contribute_operation_args, contribute_operation_callback
from pydantic_core import to_json

from onelot.jsonapi.answers import answer_long_once, answer_once
from onelot.jsonapi.authentication import Session, Token
from onelot.jsonapi.schemas import Problem

View = TypeVar("View", bound=Callable[..., Any])
READ_PROBLEMS = (400, 401, 403, 404, 422, 429, 503)
WRITE_PROBLEMS = (*READ_PROBLEMS, 409, 413, 415)
_KEY = "idempotency_key"


@dataclass(frozen=True)
class Operation:
    """What is said of an operation."""

    path: str
    scope: str
    """Empty: any."""
    summary: str
    media: str = ""
    """The kind of an answer or of a body that is no schema's JSON."""
    status: int = 201
    """Of what a ``POST`` has done."""
    holds_secret: bool = False
    """The answer holds a secret, and is kept for its idempotency key sealed."""
    others: dict[int, Any] = field(default_factory=dict)
    """Answers beside the usual ones."""


def reads(router: Router, response: Any, said: Operation) -> Callable[[View], View]:
    """A ``GET``."""
    answers: dict[Any, Any] = {
        200: None if said.media else response, **dict.fromkeys(READ_PROBLEMS, Problem), **said.others,
    }  # fmt: skip
    content = {said.media: {"schema": {"type": "string"}}}
    extra = {"responses": {200: {"description": "OK", "content": content}}} if said.media else {}

    def decorate(view: View) -> View:
        _add(router, "GET", said, answers, extra)(view)
        return view

    return decorate


def writes(router: Router, response: Any, said: Operation) -> Callable[[View], View]:
    """A ``POST`` that is carried out once for each idempotency key; the view returns a schema."""
    answers: dict[Any, Any] = {said.status: response, **dict.fromkeys(WRITE_PROBLEMS, Problem)}

    def decorate(view: View) -> View:
        @wraps(view)
        def kept(request: HttpRequest, **values: Any) -> HttpResponse:
            key = values.pop(_KEY)
            return answer_once(
                request, key, request.body, lambda: as_response(view(request, **values), said.status),
                holds_secret=said.holds_secret,
            )  # fmt: skip

        _resolve(view, kept)
        _add(router, "POST", said, answers, {})(_with_key(kept))
        return view

    return decorate


def sends_file(router: Router, response: Any, said: Operation, limit: int) -> Callable[[View], View]:
    """A ``POST`` of a file of at most ``limit`` bytes; the view takes them as ``data``."""
    answers: dict[Any, Any] = {said.status: response, **dict.fromkeys(WRITE_PROBLEMS, Problem)}
    content = {said.media: {"schema": {"type": "string", "format": "binary"}}}

    def decorate(view: View) -> View:
        @wraps(view)
        def kept(request: HttpRequest, **values: Any) -> HttpResponse:
            key, data = values.pop(_KEY), request.read(limit + 1)
            return answer_long_once(request, key, data, lambda: view(request, data=data, **values))

        _resolve(view, kept)
        extra = {"requestBody": {"required": True, "content": content}}
        _add(router, "POST", said, answers, extra)(_with_key(kept))
        return view

    return decorate


def as_response(said: Schema, status: int = 200) -> HttpResponse:
    """A schema as an answer, bytes and all."""
    return HttpResponse(to_json(said.model_dump()), status=status, content_type="application/json")


def _resolve(view: Callable[..., Any], kept: Any) -> None:
    """Give the wrapper the view's parameters with their types, but the data, which the wrapper reads itself."""
    types = get_type_hints(view, include_extras=True)
    asked = [
        one.replace(annotation=types[name])
        for name, one in signature(view).parameters.items()
        if name != "data"
    ]
    kept.__signature__ = signature(view).replace(parameters=asked)


def _with_key(view: View) -> View:
    header: Any = Header(  # type: ignore[type-arg]
        ..., alias="Idempotency-Key", pattern=r"^[!-~]{1,200}$",
        description="Made by the caller, a new one for each new request, for example a UUID. The same key with the same"
        " request gets the same answer, and nothing is done again.",
    )  # fmt: skip
    contribute_operation_args(view, _KEY, str, header)
    return view


def _add(
    router: Router, method: str, said: Operation, answers: dict[Any, Any], extra: dict[str, Any]
) -> Callable[[View], View]:  # fmt: skip
    guards = (Token(said.scope), Session(said.scope))

    def know(operation: Any) -> None:
        known = frozenset(
            name
            for model in operation.models
            if model.__ninja_param_source__ == "query"
            for name in model.__ninja_flatten_map__
        )
        for guard in guards:
            guard.queries = known

    def decorate(view: View) -> View:
        contribute_operation_callback(view, know)
        router.api_operation(
            [method], said.path, auth=list(guards), response=answers, summary=said.summary,
            operation_id=view.__name__, openapi_extra={**extra, "x-scope": said.scope or "any"},
        )(view)  # fmt: skip
        return view

    return decorate
