"""The API put together, and its description: OpenAPI 3.1 as it is served."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.http import HttpRequest
from ninja import NinjaAPI
from ninja.openapi.schema import OpenAPISchema
from ninja.renderers import BaseRenderer
from pydantic_core import to_json

from onelot.jsonapi.problems import PROBLEM


class Renderer(BaseRenderer):
    """JSON with times to the microsecond, as the ledger has them."""

    media_type = "application/json"

    def render(self, request: HttpRequest, data: Any, *, response_status: int) -> bytes:  # noqa: ARG002 - ninja's
        """The bytes of an answer."""
        return to_json(data)


class Api(NinjaAPI):
    """An API whose description says of what kind its problems are."""

    def get_openapi_schema(
        self, *, path_prefix: str | None = None, path_params: dict[str, Any] | None = None
    ) -> OpenAPISchema:
        """The description, with problems under their own kind and the headers of answers."""
        schema = super().get_openapi_schema(path_prefix=path_prefix, path_params=path_params)
        for operations in schema["paths"].values():
            for operation in operations.values():
                for status, answer in operation["responses"].items():
                    _complete(operation, int(status), answer)
        return schema


def _complete(operation: Mapping[str, Any], status: int, answer: dict[str, Any]) -> None:
    if status >= 400:
        content = answer.get("content", {})
        if "application/json" in content:
            answer["content"] = {PROBLEM: content["application/json"]}
    if status in (429, 503):
        answer["headers"] = {"Retry-After": {"schema": {"type": "integer"}, "description": "Seconds"}}
    if status == 401:
        answer["headers"] = {"WWW-Authenticate": {"schema": {"type": "string"}}}
    if status < 300 and operation.get("operationId") == "get_lot":
        answer["headers"] = {"ETag": {"schema": {"type": "string"}, "description": "Changes with the lot"}}
