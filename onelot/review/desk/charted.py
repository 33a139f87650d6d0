"""Which exceptions have a chart, and the values for it."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable
from datetime import datetime
from decimal import Decimal, InvalidOperation
from typing import Any

from django.utils.translation import gettext as _

from onelot.execution.events import ParameterRecorded, SeriesRecorded
from onelot.intake.events import DocumentReceived
from onelot.kernel.events import Event
from onelot.ledger.entry import Entry
from onelot.ledger.evidence import EvidenceStore
from onelot.ledger.query import Query
from onelot.ledger.store import Ledger
from onelot.recipes.model import MasterBatchRecord
from onelot.recipes.walk import phases
from onelot.registry.permissions import Actor
from onelot.registry.wording import in_words
from onelot.review.desk.charts import FREE, Chart, band_of, clock_chart, history_chart, series_chart
from onelot.review.desk.documents import last_review, mbr_of
from onelot.review.desk.life import life_of
from onelot.review.desk.models import FindingCard, LotCard
from onelot.review.desk.queries import visible_lots

SERIES = frozenset(("TRD-EXCURSION", "TRD-SERIES", "DUP-SERIES"))
HISTORY = frozenset(("TRD-UNUSUAL", "RNG-ACTION", "ALR-ALERT", "RNG-PLAUSIBLE"))
CLOCKS = frozenset(("HLD-CLOCK", "ALR-CLOCK"))
"""Checks whose exceptions a chart helps to judge."""
LOTS_OF_HISTORY = 30
_DURATION = re.compile(r"(\d+(?:\.\d+)?)\s*(d|h|min|s)\b")
_MINUTES = {"d": 1440.0, "h": 60.0, "min": 1.0, "s": 1 / 60}


def is_charted(finding: FindingCard) -> bool:
    """Whether a chart helps with this exception, as far as its own words tell: the record need not be read."""
    if finding.check_id in CLOCKS:
        return None not in (minutes_in(finding.observed), minutes_in(finding.expected))
    if finding.check_id in HISTORY:
        return "/" in finding.subject and _number(finding.observed.partition(" ")[0]) is not None
    return finding.check_id in SERIES and finding.variant != "missing"


def chart_of(
    ledger: Ledger, evidence: EvidenceStore, actor: Actor, lot: LotCard, finding: FindingCard
) -> Chart | None:
    """The chart of an exception; None where it has none, or the record holds no numbers for it."""
    review = last_review(ledger, lot.lot)
    mbr = mbr_of(ledger, evidence, review.mbr_digest) if review else None
    if finding.check_id in SERIES:
        return _series(ledger, lot, finding, mbr)
    if finding.check_id in HISTORY:
        return _history(ledger, actor, lot, finding, mbr)
    return _clock(finding, mbr) if finding.check_id in CLOCKS else None


def _series(
    ledger: Ledger, lot: LotCard, finding: FindingCard, mbr: MasterBatchRecord | None
) -> Chart | None:
    points: list[tuple[datetime, float]] = []
    unit = ""
    for entry in _standing(ledger, lot.lot, SeriesRecorded):
        event: Any = entry.event
        if event.series == finding.subject:
            unit = event.unit
            points += [
                (point.at, value) for point in event.points if (value := _number(point.value)) is not None
            ]
    if len(points) < 2:
        return None
    known = next((item for item in mbr.series if item.id == finding.subject), None) if mbr else None
    is_same_unit = known is not None and known.unit == unit
    band, alert = (band_of(known.action), band_of(known.alert)) if known and is_same_unit else (FREE, FREE)
    sentence = _("%(count)s readings from %(low)s to %(high)s %(unit)s. %(said)s") % {
        "count": len(points), "low": f"{min(value for _at, value in points):g}",
        "high": f"{max(value for _at, value in points):g}", "unit": unit, "said": in_words(finding.in_words),
    }  # fmt: skip
    return series_chart(
        (known.title if known else "") or finding.subject, unit, sorted(points), band, sentence, alert=alert
    )


def _history(
    ledger: Ledger, actor: Actor, lot: LotCard, finding: FindingCard, mbr: MasterBatchRecord | None
) -> Chart | None:
    own = [*_values(ledger, lot.lot, finding.subject)]
    if not own:
        return None
    unit = own[0][1]
    others = visible_lots(actor).filter(product=lot.product).exclude(lot=lot.lot).order_by("-position")
    names = [*others.values_list("lot", flat=True)[:LOTS_OF_HISTORY]]
    values = [
        (name, value, False)
        for name in reversed(names)
        for value, of in _values(ledger, name, finding.subject)
        if of == unit
    ]
    values += [(lot.lot, value, True) for value, of in own if of == unit]
    parameter = _parameter(mbr, finding.subject)
    is_same_unit = parameter is not None and (parameter.unit or "") == unit
    band, alert = (band_of(parameter.action), band_of(parameter.alert)) if is_same_unit else (FREE, FREE)
    sentence = _("%(count)s values of %(lots)s other lots of %(product)s beside that of this lot. %(said)s") % {
        "count": len(values) - len(own), "lots": len({name for name, _value, is_own in values if not is_own}),
        "product": lot.product, "said": in_words(finding.in_words),
    }  # fmt: skip
    title = (parameter.title if parameter else "") or finding.subject.rpartition("/")[2]
    return history_chart(title, "" if unit == "1" else unit, values, band, sentence, alert=alert)


def _clock(finding: FindingCard, mbr: MasterBatchRecord | None) -> Chart | None:
    measured, limit = minutes_in(finding.observed), minutes_in(finding.expected)
    if measured is None or limit is None:
        return None
    known = next((item for item in mbr.clocks if item.id == finding.subject), None) if mbr else None
    return clock_chart(
        (known.title if known else "") or finding.subject, measured, limit, in_words(finding.in_words)
    )


def minutes_in(text: str) -> float | None:
    """The time that a text such as ``at most 240 min 0 s`` names, in minutes; None where it names none."""
    parts = _DURATION.findall(text)
    return sum(float(number) * _MINUTES[unit] for number, unit in parts) if parts else None


def _values(ledger: Ledger, lot: str, path: str) -> Iterable[tuple[float, str]]:
    for entry in _standing(ledger, lot, ParameterRecorded):
        event: Any = entry.event
        if f"{event.phase}/{event.parameter}" == path and (value := _number(event.value)) is not None:
            yield value, event.unit


def _standing(ledger: Ledger, lot: str, kind: type[Event]) -> Iterable[Entry]:
    """The lot's facts of one type, those of corrected originals left out."""
    query = Query(tags=(f"lot:{lot}",), types=(kind, DocumentReceived))
    return life_of(ledger.read(query), ()).standing(kind)


def _number(text: str) -> float | None:
    """None for what is no plain number: a censored value has no place on an axis."""
    try:
        found = Decimal(text)
    except InvalidOperation:
        return None
    number = float(found) if found.is_finite() else math.inf
    return number if math.isfinite(number) else None


def _parameter(mbr: MasterBatchRecord | None, path: str) -> Any:
    for placed in phases(mbr) if mbr else ():
        for parameter in placed.phase.parameters:
            if f"{placed.name}/{parameter.id}" == path:
                return parameter
    return None
