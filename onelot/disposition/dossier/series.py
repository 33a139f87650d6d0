"""Time series in a dossier: one line of numbers and one chart each; every reading is in the attached entries."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal

from django.utils.translation import gettext

from onelot.disposition.dossier.blocks import Block, chart, facts, heading
from onelot.disposition.dossier.content import Content
from onelot.disposition.dossier.words import when
from onelot.execution.events import SeriesPoint, SeriesRecorded
from onelot.kernel.measured import parse_measured
from onelot.recipes.columns import limit_text
from onelot.recipes.model import Series

_DRAWN = 240
"""Stretches of a chart; of each the lowest and the highest reading are drawn, so that no excursion is lost."""


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
        yield _drawn(name, unit, read, known)


def _drawn(name: str, unit: str, read: Sequence[tuple[SeriesPoint, Decimal]], known: Series | None) -> Block:
    limits = [
        limit for limit in ((known.action.low, known.action.high) if known else ()) if limit is not None
    ]
    values = [value for _, value in read]
    low, high = min([*values, *limits]), max([*values, *limits])
    spread = (high - low) or Decimal(1)
    low, high = low - spread / 20, high + spread / 20
    begin, end = read[0][0].at, read[-1][0].at
    length = (end - begin).total_seconds() or 1.0

    def place(value: Decimal) -> float:
        return float((value - low) / (high - low))

    points = [((point.at - begin).total_seconds() / length, place(value)) for point, value in read]
    action = known.action if known else None
    extremes = _span(min(values), max(values))
    return chart(
        caption=gettext("%(name)s in %(unit)s: %(values)s, %(times)s; dashed: limits")
        % {"name": name, "unit": unit, "values": extremes, "times": _span(when(begin), when(end))},
        points=_thinned(points),
        alt=gettext("%(name)s: %(number)s readings, %(values)s %(unit)s")
        % {"name": name, "number": len(read), "values": extremes, "unit": unit},
        low=place(action.low) if action and action.low is not None else None,
        high=place(action.high) if action and action.high is not None else None,
    )  # fmt: skip


def _span(first: object, last: object) -> str:
    return gettext("%(first)s to %(last)s") % {"first": first, "last": last}


def _thinned(points: Sequence[tuple[float, float]]) -> list[tuple[float, float]]:
    if len(points) <= 2 * _DRAWN:
        return list(points)
    stretches: dict[int, list[tuple[float, float]]] = defaultdict(list)
    for point in points:
        stretches[min(_DRAWN - 1, int(point[0] * _DRAWN))].append(point)
    kept: list[tuple[float, float]] = []
    for group in stretches.values():
        ends = {group[0], group[-1], min(group, key=lambda p: p[1]), max(group, key=lambda p: p[1])}
        kept += sorted(ends)
    return kept
