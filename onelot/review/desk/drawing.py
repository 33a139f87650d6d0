"""Draws a chart's specification as an SVG image, for the page in the light and in the dark, and for the dossier.

The library is loaded with the first chart: half a second and 80 MB of this process, then some 40 ms a chart. What was
drawn is kept in a bounded cache of files, by the digest of what it was drawn from.
"""

from __future__ import annotations

import hashlib
from threading import Lock
from typing import Any, Literal

from django.core.cache import caches

from onelot.kernel.canonical import canonical
from onelot.kernel.refusals import refuse
from onelot.review.desk.charts import INK, LIMIT, LINE, MARKED, Chart, Spec

Theme = Literal["light", "dark"]
CACHE = "charts"
DARK = {INK: "#e6ebf1", LINE: "#8dc1f5", LIMIT: "#ff9aa2", MARKED: "#ffb870"}
_converter = Lock()
"""There is one converter a process, and it draws one chart at a time."""


def name_of(lot: str, finding: str, chart: Chart) -> str:
    """What a drawing is known by: the same name is the same drawing of the same exception for ever."""
    return hashlib.sha256(canonical({"lot": lot, "finding": finding, "chart": chart.spec})).hexdigest()


def painted(spec: Spec, theme: Theme) -> Spec:
    """The specification in the colours of a theme."""
    return spec if theme == "light" else _recoloured(spec)


def printed(spec: Spec) -> Spec:
    """The specification in the type that a dossier holds."""
    return {**spec, "config": {**spec["config"], "font": "Libertinus Serif"}}


def drawn(spec: Spec) -> str:
    """The specification as SVG. Raises Refused (``desk.not_drawn``)."""
    import vl_convert  # 80 MB that only a chart needs

    with _converter:
        try:
            return vl_convert.vegalite_to_svg(spec, allowed_base_urls=[])
        except ValueError as error:
            raise refuse(
                "desk.not_drawn", "The chart cannot be drawn.", where="chart", got=str(error)[:200],
                hint="The sentence and the values beside it say the same.",
            ) from error  # fmt: skip


def keep(name: str, chart: Chart) -> None:
    """Keep what is to be drawn, so that its image need not be worked out anew."""
    caches[CACHE].set(name, chart.spec)


def kept(name: str) -> Spec | None:
    """What is to be drawn under a name; None where it is not kept any more."""
    found: Spec | None = caches[CACHE].get(name)
    return found


def image(name: str, theme: Theme, spec: Spec) -> bytes:
    """The image of a specification, drawn where it is not kept. Raises Refused (``desk.not_drawn``)."""
    key = f"{name}-{theme}"
    known: bytes | None = caches[CACHE].get(key)
    if known is None:
        known = drawn(painted(spec, theme)).encode()
        caches[CACHE].set(key, known)
    return known


def _recoloured(value: Any) -> Any:
    if isinstance(value, dict):
        return {
            name: inner if name == "data" else _recoloured(inner)  # values are never colours
            for name, inner in value.items()
        }
    if isinstance(value, list):
        return [_recoloured(inner) for inner in value]
    return DARK.get(value, value) if isinstance(value, str) else value
