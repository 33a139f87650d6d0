"""Defects of time series: gaps, dead and bad sensors, excursions, copies."""

from __future__ import annotations

import msgspec

from onelot.execution.events import SeriesPoint, SeriesRecorded
from onelot.recipes.model import Series
from onelot.simulation.defects.catalogue import plants
from onelot.simulation.defects.workbench import Workbench
from onelot.simulation.record import good_record


def _series(work: Workbench, least: int = 12) -> tuple[SeriesRecorded, Series]:
    taken = work.pick(SeriesRecorded, lambda e: len(e.points) >= least)
    return taken, next(entry for entry in work.plan.mbr.series if entry.id == taken.series)


def _set(work: Workbench, taken: SeriesRecorded, first: int, points: list[SeriesPoint]) -> str:
    whole = [*taken.points]
    whole[first : first + len(points)] = points
    work.change(taken, points=tuple(whole))
    return taken.series


def _with(taken: SeriesRecorded, first: int, values: list[str]) -> list[SeriesPoint]:
    return [
        SeriesPoint(at=point.at, value=value)
        for point, value in zip(taken.points[first : first + len(values)], values, strict=True)
    ]


@plants("TRD-SERIES", "missing")
def series_missing(work: Workbench) -> str:
    """A logger that nobody read out."""
    taken, _ = _series(work)
    work.remove(taken)
    return taken.series


@plants("TRD-SERIES", "unit", "TRD-EXCURSION")
def series_in_another_unit(work: Workbench) -> str:
    """A read-out in a unit that does not convert."""
    taken, _ = _series(work)
    work.change(taken, unit="%")
    return taken.series


@plants("TRD-SERIES", "gap")
def series_gap(work: Workbench) -> str:
    """Hours without a reading."""
    taken, wanted = _series(work, 20)
    lost = int(wanted.max_gap / wanted.interval) + 1
    kept = (*taken.points[:6], *taken.points[6 + lost :])
    work.change(taken, points=kept)
    return taken.series


@plants("TRD-SERIES", "bad_quality")
def bad_quality(work: Workbench) -> str:
    """A reading that the device itself calls bad."""
    return _quality(work, "bad")


@plants("TRD-SERIES", "uncertain_quality")
def uncertain_quality(work: Workbench) -> str:
    """A reading that the device itself calls uncertain."""
    return _quality(work, "uncertain")


def _quality(work: Workbench, quality: str) -> str:
    taken, _ = _series(work)
    point = taken.points[5]
    changed = SeriesPoint(at=point.at, value=point.value, quality="bad" if quality == "bad" else "uncertain")
    return _set(work, taken, 5, [changed])


@plants("TRD-SERIES", "not_a_number", "TRD-EXCURSION")
def reading_not_a_number(work: Workbench) -> str:
    """A reading that is no number."""
    taken, _ = _series(work)
    return _set(work, taken, 5, _with(taken, 5, ["ERR"]))


@plants("TRD-SERIES", "flat", "DUP-SERIES")
def flat_line(work: Workbench) -> str:
    """A sensor that shows the same value for hours."""
    taken, _ = _series(work, 60)
    stuck = taken.points[10].value
    return _set(work, taken, 10, _with(taken, 10, [stuck] * 45))


@plants("TRD-SERIES", "not_foreseen", "CMP-EXTRA")
def series_not_foreseen(work: Workbench) -> str:
    """A series that the master batch record does not know."""
    taken, _ = _series(work)
    points = tuple(SeriesPoint(at=point.at, value=f"{40 + i % 7}.5") for i, point in enumerate(taken.points))
    work.add(msgspec.structs.replace(taken, series="room.humidity", unit="%", points=points))
    return "room.humidity"


@plants("TRD-EXCURSION", "duration")
def excursion(work: Workbench) -> str:
    """Too warm for longer than accepted."""
    taken, wanted = _series(work, 20)
    assert wanted.action.high is not None
    count = int(wanted.max_duration / wanted.interval) + 2
    return _set(work, taken, 6, _with(taken, 6, [str(wanted.action.high + 2 + i % 2) for i in range(count)]))


@plants("TRD-EXCURSION", "open_ended")
def excursion_open_ended(work: Workbench) -> str:
    """Too warm when the logger was switched off."""
    taken, wanted = _series(work, 20)
    assert wanted.action.high is not None
    last = len(taken.points) - 1
    return _set(work, taken, last, _with(taken, last, [str(wanted.action.high + 1)]))


@plants("TRD-EXCURSION", "area")
def excursion_area(work: Workbench) -> str:
    """Short but far outside: more area than accepted."""
    taken, wanted = _series(work, 20)
    if wanted.max_area is None or wanted.action.high is None:
        work.choose([])
    assert wanted.max_area is not None
    assert wanted.action.high is not None
    value = wanted.action.high + wanted.max_area / int(wanted.interval.total_seconds() / 60) * 3
    return _set(work, taken, 8, _with(taken, 8, [str(round(value, 2))]))


@plants("TRD-EXCURSION", "alert")
def series_alert(work: Workbench) -> str:
    """Readings between the alert and the action limits."""
    taken, wanted = _series(work, 20)
    if wanted.alert is None or wanted.alert.high is None or wanted.action.high is None:
        work.choose([])
    assert wanted.alert is not None
    assert wanted.alert.high is not None
    assert wanted.action.high is not None
    value = (wanted.alert.high + wanted.action.high) / 2
    return _set(work, taken, 8, _with(taken, 8, [str(value)]))


@plants("DUP-SERIES", "copied", alone=True)
def copied_series(work: Workbench) -> str:
    """A read-out copied from another lot."""
    taken, wanted = _series(work, 24)
    for other in work.earlier_lots(60):
        donor = next(
            e for e in good_record(other).events if isinstance(e, SeriesRecorded) and e.series == taken.series
        )
        if len(donor.points) < 24:
            continue
        points = tuple(
            SeriesPoint(at=taken.points[0].at + wanted.interval * i, value=point.value)
            for i, point in enumerate(donor.points)
        )
        work.change(taken, points=points)
        work.also_in.append(other.lot)
        return taken.series
    work.choose([])
    return ""
