"""Charts as Vega-Lite specifications, each with its values as a table. Pure.

The same specification is drawn for the page and for the dossier (``drawing``). Colours are those of the house; every
chart says in one sentence what it shows, so that nobody needs to see it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.utils.translation import gettext as _

from onelot.recipes.model import Limits

POINTS_AT_MOST = 400
WIDTH = 720
"""Pixels of every chart; a narrower page shows it smaller."""
INK, LINE, LIMIT, MARKED = "#17202b", "#124a7e", "#9d1220", "#c2410c"
_HEIGHT, _LOW = 240, 100

Spec = dict[str, Any]


@dataclass(frozen=True)
class Chart:
    """A specification, what it shows in a sentence, and its values."""

    spec: Spec
    sentence: str
    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]

    @property
    def width(self) -> int:
        """Pixels, all of it."""
        return int(self.spec["width"])

    @property
    def height(self) -> int:
        """Pixels, all of it."""
        return int(self.spec["height"])


@dataclass(frozen=True)
class Band:
    """Limits as numbers; None: unlimited."""

    low: float | None
    high: float | None


FREE = Band(None, None)


def band_of(limits: Limits | None) -> Band:
    """Limits of a master batch record as numbers."""
    if limits is None:
        return FREE
    return Band(*(float(end) if end is not None else None for end in (limits.low, limits.high)))


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


def _limits(band: Band, axis: str = "y", *, is_alert: bool = False) -> list[Spec]:
    rule: Spec = (
        {"color": MARKED, "strokeDash": [2, 4]} if is_alert else {"color": LIMIT, "strokeDash": [6, 4]}
    )
    if axis == "x":
        rule = {"color": INK, "strokeWidth": 2}  # it crosses the bar
    return [
        {
            "data": {"values": [{}]},
            "mark": {"type": "rule", **rule},
            "encoding": {axis: {"datum": limit}},
        }
        for limit in (band.low, band.high)
        if limit is not None
    ]


def _plain(text: str) -> str:
    """Words of a record on one line of bearable length: nothing that an expression of Vega could trip over."""
    shown = "".join(char if char.isprintable() else " " for char in text)
    return " ".join(shown.split())[:100]


def _framed(title: str, layers: list[Spec], *, height: int = _HEIGHT) -> Spec:
    words = {"labelColor": INK, "titleColor": INK, "domainColor": INK, "tickColor": INK, "gridOpacity": 0.3}
    return {
        "$schema": "https://vega.github.io/schema/vega-lite/v5.json",
        "title": {"text": _plain(title), "anchor": "start", "color": INK, "fontSize": 12, "limit": WIDTH - 40},
        "width": WIDTH, "height": height, "background": None,
        "autosize": {"type": "fit", "contains": "padding"}, "layer": layers,
        "config": {"font": "DejaVu Sans", "aria": False, "axis": words, "view": {"stroke": None}},
    }  # fmt: skip


def _is_outside(value: float, band: Band) -> bool:
    return (band.low is not None and value < band.low) or (band.high is not None and value > band.high)


def series_chart(
    title: str,
    unit: str,
    points: Sequence[tuple[datetime, float]],
    band: Band,
    sentence: str,
    *,
    alert: Band = FREE,
) -> Chart:
    """Readings over time (UTC) with action and alert limits; readings outside action limits are marked."""
    values = [
        {"at": at.isoformat(), "value": value, "outside": _is_outside(value, band)}
        for at, value in thinned(points)
    ]
    axis = {"format": "%m-%d %H:%M", "tickCount": 7, "labelOverlap": True}
    x = {"field": "at", "type": "temporal", "title": "UTC", "scale": {"type": "utc"}, "axis": axis}
    y = {"field": "value", "type": "quantitative", "title": _plain(unit) or None, "scale": {"zero": False}}
    layers: list[Spec] = [
        {"data": {"values": values}, "mark": {"type": "line", "color": LINE}, "encoding": {"x": x, "y": y}},
        {
            "data": {"values": [value for value in values if value["outside"]]},
            "mark": {"type": "point", "color": MARKED, "filled": True}, "encoding": {"x": x, "y": y},
        },
        *_limits(band),
        *_limits(alert, is_alert=True),
    ]  # fmt: skip
    rows = tuple(
        (f"{at:%Y-%m-%d %H:%M:%S} UTC", f"{value:g}") for at, value in points if _is_outside(value, band)
    )
    return Chart(
        _framed(f"{title} ({unit})", layers), sentence, (_("time"), f"{_('value')} ({unit})"), rows[:200]
    )


def history_chart(
    title: str,
    unit: str,
    values: Sequence[tuple[str, float, bool]],
    band: Band,
    sentence: str,
    *,
    alert: Band = FREE,
) -> Chart:
    """One value a lot, the oldest first; those of the lot in question are marked. Limits where there are any."""
    data = [
        {"lot": lot, "order": order, "value": value, "own": own}
        for order, (lot, value, own) in enumerate(values, 1)
    ]
    y = {"field": "value", "type": "quantitative", "title": _plain(unit) or None, "scale": {"zero": False}}
    x = {"field": "order", "type": "ordinal", "title": None, "axis": {"labels": False, "ticks": False}}
    layers: list[Spec] = [
        {
            "data": {"values": [point for point in data if point["own"] is own]},
            "mark": {
                "type": "point", "filled": True, "color": MARKED if own else LINE, "size": 120 if own else 50,
                "shape": "diamond" if own else "circle",
            },
            "encoding": {"x": x, "y": y},
        }
        for own in (False, True)
    ]  # fmt: skip
    rows = tuple((lot, f"{value:g}") for lot, value, _ in values)
    columns = (_("lot"), f"{_('value')} ({unit})" if unit else _("value"))
    layers += [*_limits(band), *_limits(alert, is_alert=True)]
    return Chart(_framed(f"{title} ({unit})" if unit else title, layers), sentence, columns, rows)


def clock_chart(title: str, minutes: float, limit: float, sentence: str) -> Chart:
    """The measured time as a bar against its limit, in minutes."""
    x = {"field": "minutes", "type": "quantitative", "title": "min", "scale": {"domainMin": 0}}
    bar = {
        "data": {"values": [{"minutes": minutes, "what": title}]},
        "mark": {"type": "bar", "color": MARKED if minutes > limit else LINE, "height": 18},
        "encoding": {"x": x, "y": {"field": "what", "type": "nominal", "title": None, "axis": None}},
    }
    rows = ((_("measured"), f"{minutes:g}"), (_("limit"), f"{limit:g}"))
    layers = [bar, *_limits(Band(None, limit), "x")]
    return Chart(_framed(f"{title} (min)", layers, height=_LOW), sentence, ("", _("minutes")), rows)
