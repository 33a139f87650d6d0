"""JSON Schemas of what senders write: onelot's own record, and mappings of tables."""

from __future__ import annotations

from typing import Any

import msgspec

from onelot.intake.json_record import FORMAT, RECORD_EVENTS
from onelot.intake.tabular.mapping import Mapping

_DIALECT = "https://json-schema.org/draft/2020-12/schema"


def record_schema() -> dict[str, Any]:
    """The JSON Schema of an ``onelot-record/1`` file: a head, and the events that a record may state."""
    events, definitions = msgspec.json.schema_components(RECORD_EVENTS, ref_template="#/$defs/{name}")
    return {
        "$schema": _DIALECT,
        "title": "onelot record",
        "type": "object",
        "required": ["format", "document", "events"],
        "additionalProperties": False,
        "properties": {
            "format": {"const": FORMAT},
            "document": {
                "type": "string",
                "minLength": 1,
                "description": "the sender's own id of the document",
            },
            "sender": {"type": "string"},
            "issued_at": {"type": ["string", "null"], "format": "date-time"},
            "events": {"type": "array", "items": {"anyOf": [*events]}},
        },
        "$defs": definitions,
    }


def mapping_schema() -> dict[str, Any]:
    """The JSON Schema of a mapping."""
    return {"$schema": _DIALECT, **Mapping.model_json_schema()}
