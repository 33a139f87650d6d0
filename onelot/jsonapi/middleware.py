"""Requests of the API before anything else looks at them, and their answers after everything else did.

Bodies are small, JSON, and said once: what two readers could read as two things is refused. An answer that some other
part of the site made, for example that an address is unknown, becomes a problem, too.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from http import HTTPStatus
from typing import Any

from django.http import HttpRequest, HttpResponse

from onelot.jsonapi.problems import plain, problem
from onelot.kernel.refusals import Refused, refuse
from onelot.kernel.said import said

ROOT = "/api/"
FILES = ("/api/v1/records",)
"""Addresses that take a file instead of JSON."""
MAX_BODY = 64 * 1024
"""Bytes of JSON: no text that the API takes is longer than a few thousand characters."""
MAX_FILE = 64 * 1024 * 1024
FILE_TYPE = "application/octet-stream"

_UNKEPT = re.compile("[\x00\ud800-\udfff]")

GetResponse = Callable[[HttpRequest], HttpResponse]


class ApiMiddleware:
    """Lets a request of the API in, and its answer out, in the API's own form."""

    def __init__(self, get_response: GetResponse) -> None:
        self._get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Answer; addresses that are not the API's pass by."""
        if not request.path.startswith(ROOT):
            return self._get_response(request)
        try:
            _check(request)
        except Refused as refused:
            return problem(request, refused.refusals)
        response = self._get_response(request)
        status = response.status_code
        if (300 <= status < 400 and status != HTTPStatus.NOT_MODIFIED) or (
            status < 300 and _is_page(response)
        ):
            response = plain(request, HTTPStatus.UNAUTHORIZED)  # the site wants something of a person first
        elif status >= 400 and "json" not in response.headers.get("Content-Type", ""):
            response = _with_headers(plain(request, status), response)
        if not response.has_header("Cache-Control"):
            response["Cache-Control"] = "private, no-cache"
        return response


def _check(request: HttpRequest) -> None:
    if "\x00" in request.path or any(
        "\x00" in text for name, found in request.GET.lists() for text in (name, *found)
    ):
        raise _no_text("the address")
    if request.method not in ("POST", "PUT", "PATCH", "DELETE"):
        return
    takes_file = request.path.rstrip("/") in FILES
    size = request.META.get("CONTENT_LENGTH") or "0"
    limit = MAX_FILE if takes_file else MAX_BODY
    if not (size.isascii() and size.isdigit()) or int(size) > limit:
        raise refuse(
            "jsonapi.body_too_large",
            "The body is too large.",
            where="body",
            expected=said("at most {limit} bytes", limit=limit),
            got=said("{size} bytes", size=size[:20]),
        )
    if size == "0":
        return
    wanted = FILE_TYPE if takes_file else "application/json"
    if request.content_type != wanted:
        raise refuse(
            "jsonapi.content_type", "The body is of a kind that is not read here.", where="Content-Type",
            expected=wanted, got=(request.content_type or "none")[:80],
        )  # fmt: skip
    if not takes_file:
        _check_json(request.body)


def _check_json(body: bytes) -> None:
    try:
        value = json.loads(body.decode("utf-8"), object_pairs_hook=_once, parse_constant=_no_number)
    except (ValueError, RecursionError) as error:
        raise refuse(
            "jsonapi.body", "The body is not JSON that can be read in one way only.", where="body",
            expected="JSON (RFC 8259)", got=str(error)[:120],
        ) from error  # fmt: skip
    _check_text(value)


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("a member is given twice")
    return found


def _no_number(constant: str) -> None:
    raise ValueError(f"{constant} is no JSON number")


def _check_text(value: Any) -> None:
    """No NUL, which no database keeps, and no half of a character."""
    waiting = [value]
    while waiting:
        found = waiting.pop()
        if isinstance(found, dict):
            waiting += [*found, *found.values()]
        elif isinstance(found, list):
            waiting += found
        elif isinstance(found, str) and _UNKEPT.search(found):
            raise _no_text("body")


def _is_page(response: HttpResponse) -> bool:
    return response.headers.get("Content-Type", "").startswith("text/html")


def _no_text(where: str) -> Refused:
    return refuse(
        "jsonapi.text",
        "A text holds a character that cannot be kept.",
        where=where,
        expected="Unicode without NUL",
    )


def _with_headers(response: HttpResponse, old: HttpResponse) -> HttpResponse:
    """What the protocol wants kept of an answer that is put into the API's form."""
    for name in ("Allow", "Retry-After", "Vary"):
        if old.has_header(name):
            response[name] = old[name]
    return response
