"""The API, version 1: all operations, and where they are found."""

from __future__ import annotations

import json
from functools import cache
from typing import Any

from django.http import HttpRequest
from ninja import Router

from onelot.jsonapi.openapi import Api, Renderer
from onelot.jsonapi.operation import Operation, reads
from onelot.jsonapi.operations import (
    deviations,
    dispositions,
    exceptions,
    ledger,
    lots,
    records,
    registry,
    webhooks,
)
from onelot.jsonapi.problems import tell

DESCRIPTION = """Lots, exceptions, records and proofs of onelot, for programs.

A token is sent as `Authorization: Bearer onelot_...`. It opens the parts that its scopes name, and within them what the
roles of its system allow, at the sites and for the products of their grants. Deciding on exceptions, signing and
disposition are done by people and are not here. What you may not see is answered as what there is not.

Errors are problem details (RFC 9457). A `POST` wants an `Idempotency-Key`. Lists have pages: follow `next`.
"""

api = Api(
    title="onelot", version="1", description=DESCRIPTION, urls_namespace="api", openapi_url=None, docs_url=None,
    renderer=Renderer(),
)  # fmt: skip
tell(api)
meta = Router(tags=["description"])


@reads(meta, dict[str, Any], Operation("/openapi.json", scope="", summary="This description"))
def get_description(request: HttpRequest) -> dict[str, Any]:  # noqa: ARG001 - the same for everybody
    """OpenAPI 3.1."""
    return description()


@cache
def description() -> dict[str, Any]:
    """The OpenAPI document as plain data."""
    found: dict[str, Any] = json.loads(json.dumps(api.get_openapi_schema(), default=str))
    return found


for _router in (
    meta, exceptions.router, dispositions.router, lots.router, deviations.router, records.router, registry.router,
    ledger.router, webhooks.router,
):  # fmt: skip
    api.add_router("", _router)
