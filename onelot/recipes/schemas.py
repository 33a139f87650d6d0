"""JSON Schemas of the documents that people write, for their editors."""

from __future__ import annotations

from typing import Any

from pydantic import BaseModel

from onelot.recipes.model import MasterBatchRecord
from onelot.recipes.policy import ReviewPolicy

DOCUMENTS: dict[str, type[BaseModel]] = {"mbr": MasterBatchRecord, "policy": ReviewPolicy}


def json_schema(document: str) -> dict[str, Any]:
    """The JSON Schema (2020-12) of ``mbr`` or ``policy``.

    Raises KeyError. Numbers may also be written as text, which keeps their digits.
    """
    schema = DOCUMENTS[document].model_json_schema(mode="validation")
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", **schema}
