"""The release specification as rows: one for each market, criterion, alternative and weight band."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from onelot.recipes.columns import band, number
from onelot.recipes.model import Alternative, Criterion, Specification, WeightBand

Row = Mapping[str, Any]

_EVERY_WEIGHT = (None,)


def specification_rows(specification: Specification) -> Iterable[tuple[str, Row]]:
    """Rows of ``limit_test``, ``limit_criterion`` and ``limit_criterion_text``."""
    units = {test.id: test.unit or "" for test in specification.tests}
    for test in specification.tests:
        yield "limit_test", {
            "test": test.id, "title": test.title or test.id, "method": test.method, "unit": units[test.id],
            "data_type": test.type, "max_occurrences": test.max_occurrences,
        }  # fmt: skip
    for market in specification.markets:
        for criterion in market.criteria:
            weight = specification.weight if criterion.bands else ""
            for number_of, alternative in enumerate(_alternatives(criterion), 1):
                for weight_band in criterion.bands or _EVERY_WEIGHT:
                    key = {"market": market.market, "criterion": criterion.id, "alternative": number_of}
                    yield "limit_criterion", {
                        **key, **_asked(criterion, alternative, weight_band, units[alternative.test]),
                        "weight_parameter": weight or "",
                    }  # fmt: skip
                for text in alternative.text:
                    yield "limit_criterion_text", {**key, "accepted": text.strip().lower()}


def _alternatives(criterion: Criterion) -> tuple[Alternative, ...]:
    if criterion.any_of:
        return criterion.any_of
    assert criterion.test is not None
    return (Alternative(test=criterion.test, limits=criterion.limits, text=criterion.text),)


def _asked(
    criterion: Criterion, alternative: Alternative, weight_band: WeightBand | None, unit: str
) -> dict[str, Any]:
    limits = weight_band.limits if weight_band else alternative.limits
    return {
        "test": alternative.test,
        "unit": unit,
        "rule": "text" if alternative.text else "range",
        "weight_above": number(weight_band.above) if weight_band else None,
        "weight_up_to": number(weight_band.up_to) if weight_band else None,
        "accepts_final": "final" in criterion.accepts,
        "accepts_negative_to_date": "negative_to_date" in criterion.accepts,
        "accepts_pending": "pending" in criterion.accepts,
        "criticality": criterion.criticality,
        "clause": criterion.clause,
        **band("limit", limits, unit),
    }
