"""Time series in a dossier: one line of numbers and one chart each; every reading is in the attached entries."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal

from django.utils.translation import gettext

from onelot.disposition.dossier.blocks import Block, chart, facts, heading
from onelot.disposition.dossier.content import Content
from onelot.disposition.dossier.words import printable, when
from onelot.execution.events import SeriesPoint, SeriesRecorded
from onelot.kernel.measured import parse_measured
from onelot.recipes.columns import limit_text
from onelot.recipes.model import Series
from onelot.review.desk.charts import band_of, series_chart
from onelot.review.desk.drawing import drawn, printed


def series(content: Content, exceptions: Mapping[int, int]) -> Iterator[Block]:
    """Each series with its limits, its extremes, and a chart."""
    found: dict[tuple[str, str, str], list[tuple[int, SeriesRecorded]]] = defaultdict(list)
    for entry, event in content.events(SeriesRecorded):
        found[event.series, event.device, event.unit].append((entry.position, event))
    limits = {item.id: item for item in content.mbr.series} if content.mbr else {}
    for (name, device, unit), pieces in found.items():
        points = sorted((point for _, event in pieces for point in event.points), key=lambda point: point.at)
        numbered = sorted({exceptions[position] for position, _ in pieces if position in exceptions})
        positions = ", ".join(str(position) for position, _ in pieces)
        yield heading(gettext("Series %(name)s") % {"name": name}, 2)
        yield facts([
            (gettext("Device, unit"), f"{device or '–'}, {unit}"), (gettext("Ledger entries"), positions),
            *([(gettext("Exceptions"), ", ".join(f"▶ X{number}" for number in numbered))] if numbered else []),
        ])  # fmt: skip
        yield from _one(name, unit, points, limits.get(name))


def _one(name: str, unit: str, points: Sequence[SeriesPoint], known: Series | None) -> Iterator[Block]:
    read = [(point, found.number) for point in points if (found := parse_measured(point.value))]
    bad = sum(1 for point in points if point.quality != "good")
    values = [value for _, value in read]
    yield facts([
        (gettext("Readings"), gettext("%(all)s, %(bad)s of them not good") % {"all": len(points), "bad": bad}),
        (gettext("From, to"), _span(when(points[0].at), when(points[-1].at)) if points else ""),
        (gettext("Lowest, highest"), f"{_span(min(values), max(values))} {unit}" if values else gettext("no number")),
        (gettext("Limits"), limit_text(known.action, unit) if known else ""),
    ])  # fmt: skip
    if len(read) > 1:
        yield from _drawn(name, unit, read, known)


def _drawn(
    name: str, unit: str, read: Sequence[tuple[SeriesPoint, Decimal]], known: Series | None
) -> Iterator[Block]:
    """The chart that the desk shows of a series, too."""
    points = [(point.at, number) for point, value in read if math.isfinite(number := float(value))]
    if len(points) < 2:
        return
    limits = known if known and known.unit == unit else None
    drawing = series_chart(
        printable(name, 60), printable(unit, 20), points, band_of(limits.action if limits else None), "",
        alert=band_of(limits.alert if limits else None),
    )  # fmt: skip
    values, times = [value for _, value in read], (when(points[0][0]), when(points[-1][0]))
    extremes = _span(min(values), max(values))
    yield chart(
        caption=gettext("%(name)s in %(unit)s: %(values)s, %(times)s; dashed: limits")
        % {"name": name, "unit": unit, "values": extremes, "times": _span(*times)},
        alt=gettext("%(name)s: %(number)s readings, %(values)s %(unit)s")
        % {"name": name, "number": len(read), "values": extremes, "unit": unit},
        svg=drawn(printed(drawing.spec)),
    )  # fmt: skip


def _span(first: object, last: object) -> str:
    return gettext("%(first)s to %(last)s") % {"first": first, "last": last}
