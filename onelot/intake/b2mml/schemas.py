"""Validation against the standard's own XML Schemas, where a setting names their folder.

The schemas are not part of onelot. ``ONELOT_B2MML_SCHEMAS`` names the folder that ``AllSchemas.xsd`` is in.
"""

from __future__ import annotations

import os
from functools import lru_cache
from io import BytesIO
from pathlib import Path
from typing import Any

from lxml import etree

from onelot.intake.b2mml.reading import MAX_REPORTED
from onelot.kernel.refusals import Refusal, Refused, refuse
from onelot.kernel.said import said

SETTING = "ONELOT_B2MML_SCHEMAS"
_ENTRY = "AllSchemas.xsd"
_TREE_BYTES = 16 * 1024 * 1024


def schema_folder() -> Path | None:
    """The folder that the setting names; None: no validation."""
    named = os.environ.get(SETTING, "").strip()
    return Path(named) if named else None


@lru_cache(maxsize=4)
def load_schema(folder: Path) -> etree.XMLSchema:
    """Compile the schemas of a folder. Raises Refused when they are not there or do not compile."""
    parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False)
    try:
        return etree.XMLSchema(etree.parse(folder / _ENTRY, parser))
    except (OSError, etree.LxmlError) as error:
        raise refuse(
            "intake.b2mml.schemas", "The schemas of B2MML cannot be read.", where=str(folder / _ENTRY),
            expected=said("the folder of the standard's XSD files in {setting}", setting=SETTING), got=str(error)[:200],
        ) from error  # fmt: skip


def validate(data: bytes, name: str, folder: Path) -> None:
    """Raises Refused with every fault that the schemas find, at most 100. Memory stays flat."""
    schema = load_schema(folder)
    validating = etree.iterparse(
        BytesIO(data), events=("end",), schema=schema, resolve_entities=False, no_network=True, load_dtd=False,
        huge_tree=False,
    )  # fmt: skip
    try:
        for _, element in validating:
            element.clear(keep_tail=False)
            parent = element.getparent()
            if parent is not None and len(parent) > 1:
                del parent[0]
    except etree.XMLSyntaxError as error:
        log = _with_lines(data, schema) or [
            entry for entry in validating.error_log if entry.level_name != "WARNING"
        ]
        raise Refused(
            [
                Refusal(
                    "intake.b2mml.schema", entry.message.replace(f"{{{_namespace(entry.message)}}}", ""),
                    f"{name}:{entry.line}", "a file that the standard's schemas allow",
                )
                for entry in log[:MAX_REPORTED]
            ]
            or [Refusal("intake.b2mml.schema", str(error), name)]
        ) from error  # fmt: skip


def _with_lines(data: bytes, schema: etree.XMLSchema) -> list[Any]:
    """The same faults with their lines, which only a whole tree knows; none for a file too large for one."""
    if len(data) > _TREE_BYTES:
        return []
    parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False)
    schema.validate(etree.fromstring(data, parser))
    faults: Any = schema.error_log
    return list(faults)


def _namespace(message: str) -> str:
    return message.partition("{")[2].partition("}")[0]
