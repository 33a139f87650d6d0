"""The MBR's titles of what findings are about."""

from __future__ import annotations

from collections.abc import Mapping

import pyarrow as pa

_TITLED = {
    "limit_parameter": "parameter",
    "limit_phase": "phase",
    "limit_material": "material",
    "limit_series": "series",
    "limit_clock": "clock",
    "limit_identity": "point",
    "limit_label": "label",
    "limit_custody": "leg",
    "limit_yield": "yield_id",
    "limit_test": "test",
}


def titles(limits: Mapping[str, pa.Table]) -> dict[str, str]:
    """Title by subject; a subject without a title is left out."""
    found: dict[str, str] = {}
    for table, key in _TITLED.items():
        names, words = limits[table][key].to_pylist(), limits[table]["title"].to_pylist()
        found |= {name: title for name, title in zip(names, words, strict=True) if title}
    return found
