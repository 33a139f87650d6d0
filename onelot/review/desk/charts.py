"""Charts of exceptions as Vega-Lite specifications, each with its values as a table. Pure.

The same specification is drawn in the page and in the dossier. Colours are those of the house; every chart says in one
sentence what it shows, so that nobody needs to see it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

POINTS_AT_MOST = 400
_LINE, _LIMIT, _MARKED = "#124a7e", "#9d1220", "#c2410c"

Spec = dict[str, Any]


@dataclass(frozen=True)
class Chart:
    """A specification, what it shows in a sentence, and its values."""

    spec: Spec
    sentence: str
    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]


@dataclass(frozen=True)
class Band:
    """Limits as numbers; None: unlimited."""

    low: float | None
    high: float | None


def thinned(points: Sequence[tuple[datetime, float]]) -> list[tuple[datetime, float]]:
    """At most 400 points: the lowest and the highest of each stretch, so that no excursion is lost."""
    if len(points) <= POINTS_AT_MOST:
        return list(points)
    width = -(-len(points) * 2 // POINTS_AT_MOST)
    kept: list[tuple[datetime, float]] = []
    for first in range(0, len(points), width):
        stretch = points[first : first + width]
        ends = {min(stretch, key=lambda point: point[1]), max(stretch, key=lambda point: point[1])}
        kept += sorted(ends)
    return kept


def _limits(band: Band, axis: str = "y") -> list[Spec]:
    return [
        {
            "data": {"values": [{}]},
            "mark": {"type": "rule", "color": _LIMIT, "strokeDash": [6, 4]},
            "encoding": {axis: {"datum": limit}},
        }
        for limit in (band.low, band.high)
        if limit is not None
    ]


def _framed(layers: list[Spec], *, height: int = 200) -> Spec:
    return {
        "width": "container", "height": height, "background": None,
        "autosize": {"type": "fit", "contains": "padding"}, "layer": layers,
        "config": {"font": "system-ui", "view": {"stroke": None}},
    }  # fmt: skip


def _is_outside(value: float, band: Band) -> bool:
    return (band.low is not None and value < band.low) or (band.high is not None and value > band.high)


def series_chart(
    title: str, unit: str, points: Sequence[tuple[datetime, float]], band: Band, sentence: str
) -> Chart:
    """Readings over time (UTC) with the action limits; readings outside are marked."""
    values = [
        {"at": at.isoformat(), "value": value, "outside": _is_outside(value, band)}
        for at, value in thinned(points)
    ]
    x = {"field": "at", "type": "temporal", "title": "UTC", "scale": {"type": "utc"}}
    y = {"field": "value", "type": "quantitative", "title": f"{title} ({unit})", "scale": {"zero": False}}
    layers: list[Spec] = [
        {"data": {"values": values}, "mark": {"type": "line", "color": _LINE}, "encoding": {"x": x, "y": y}},
        {
            "data": {"values": [value for value in values if value["outside"]]},
            "mark": {"type": "point", "color": _MARKED, "filled": True}, "encoding": {"x": x, "y": y},
        },
        *_limits(band),
    ]  # fmt: skip
    rows = tuple(
        (f"{at:%Y-%m-%d %H:%M:%S} UTC", f"{value:g}") for at, value in points if _is_outside(value, band)
    )
    return Chart(_framed(layers), sentence, ("time", f"value ({unit})"), rows[:200])


def history_chart(
    title: str, unit: str, values: Sequence[tuple[str, float, bool]], band: Band, sentence: str
) -> Chart:
    """One value a lot, the oldest first; those of the lot in question are marked. Limits where there are any."""
    data = [
        {"lot": lot, "order": order, "value": value, "own": own}
        for order, (lot, value, own) in enumerate(values, 1)
    ]
    y = {
        "field": "value",
        "type": "quantitative",
        "title": f"{title} ({unit})" if unit else title,
        "scale": {"zero": False},
    }
    x = {"field": "order", "type": "ordinal", "title": None, "axis": {"labels": False, "ticks": False}}
    layers: list[Spec] = [
        {
            "data": {"values": [point for point in data if point["own"] is own]},
            "mark": {
                "type": "point", "filled": True, "color": _MARKED if own else _LINE, "size": 120 if own else 50,
                "shape": "diamond" if own else "circle",
            },
            "encoding": {"x": x, "y": y},
        }
        for own in (False, True)
    ]  # fmt: skip
    rows = tuple((lot, f"{value:g}") for lot, value, _ in values)
    return Chart(
        _framed([*layers, *_limits(band)]), sentence, ("lot", f"value ({unit})" if unit else "value"), rows
    )


def clock_chart(title: str, minutes: float, limit: float, sentence: str) -> Chart:
    """The measured time as a bar against its limit, in minutes."""
    x = {"field": "minutes", "type": "quantitative", "title": f"{title} (min)", "scale": {"domainMin": 0}}
    bar = {
        "data": {"values": [{"minutes": minutes, "what": title}]},
        "mark": {"type": "bar", "color": _MARKED if minutes > limit else _LINE, "height": 24},
        "encoding": {"x": x, "y": {"field": "what", "type": "nominal", "title": None, "axis": None}},
    }
    rows = (("measured", f"{minutes:g}"), ("limit", f"{limit:g}"))
    return Chart(_framed([bar, *_limits(Band(None, limit), "x")], height=60), sentence, ("", "minutes"), rows)
