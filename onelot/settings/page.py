"""The reference page of the configuration, made from its types."""

from __future__ import annotations

from typing import get_args

from pydantic.fields import FieldInfo
from pydantic_core import PydanticUndefined

from onelot.settings.configuration import Configuration

_HEAD = """# Configuration

Read once at the start, from environment variables. A wrong value is refused with the variable's name. Made from
`onelot/settings/configuration.py` by `make docs`.

| variable | default | meaning |
|---|---|---|
"""


def configuration_page() -> str:
    """Every variable with its default and what it means."""
    rows = [
        f"| `ONELOT_{name.upper()}` | {_default(field)} | {_meaning(field)} |"
        for name, field in Configuration.model_fields.items()
    ]
    return _HEAD + "\n".join(rows) + "\n"


def _default(field: FieldInfo) -> str:
    if field.default is PydanticUndefined or field.default is None or "Secret" in str(field.annotation):
        return ""
    return f"`{field.default}`" if str(field.default) else ""


def _meaning(field: FieldInfo) -> str:
    choices = [value for value in get_args(field.annotation) if isinstance(value, str)]
    said = [field.description or "", f"one of {', '.join(choices)}" if choices else ""]
    return "; ".join(filter(None, said))
