"""Fit a baseline: what a process usually gives, given the starting material, from the facts of its closed lots.

Each trended parameter is regressed on the covariates with Huber's loss (Ann. Math. Stat. 35, 1964, 73-101), so that
a few odd lots do not move the line; its spread is the median absolute deviation. Together they are described by the
reweighted minimum covariance determinant (Rousseeuw and Van Driessen, Technometrics 41, 1999, 212-223). The largest
usual squared distance is that of a new lot from the mean of n: p(n+1)(n-1)/(n(n-p)) times a quantile of F(p, n-p).
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray
from scipy.stats import f as f_distribution
from scipy.stats import norm
from sklearn.covariance import MinCovDet
from sklearn.linear_model import HuberRegressor

from onelot.kernel.refusals import Refused
from onelot.kernel.units import conversion
from onelot.recipes.document import LoadedMbr, LoadedPolicy
from onelot.recipes.model import Parameter
from onelot.recipes.walk import phases
from onelot.review.baseline import (
    Baseline,
    BaselineDocument,
    Coefficient,
    JointBaseline,
    LeftOut,
    ParameterBaseline,
)

Column = NDArray[np.float64]
_MAD = 1.4826
"""Makes the median absolute deviation a standard deviation where values are normal."""
_LOTS_A_PARAMETER = 5
"""Fewest lots for each parameter of a joint description (Rousseeuw's rule for the determinant)."""
_LEAST_SPREAD = 1e-9


@dataclass(frozen=True)
class _History:
    """Values of the lots, one row a lot, NaN where there is none; columns by parameter."""

    lots: tuple[str, ...]
    values: Mapping[str, Column]
    units: Mapping[str, str]


def fit_baseline(mbr: LoadedMbr, policy: LoadedPolicy, facts: Mapping[str, pa.Table]) -> Baseline:
    """The baseline of an MBR from the facts of lots that people found usual.

    ``facts`` are tables of ``onelot.facts.schema``. Lots of other MBRs or versions are passed over. What cannot be
    fitted is named in ``left_out``, never guessed.
    """
    asked = {
        f"{placed.name}/{parameter.id}": parameter
        for placed in phases(mbr.mbr)
        for parameter in placed.phase.parameters
        if (parameter.trended or parameter.covariate) and parameter.type in {"number", "integer"}
    }
    history = _history(mbr, asked, facts)
    least = policy.policy.history_lots
    fitted: list[ParameterBaseline] = []
    deviations: dict[str, Column] = {}
    left_out: list[LeftOut] = []
    covariates = [name for name, parameter in asked.items() if parameter.covariate]
    for name in sorted(name for name, parameter in asked.items() if parameter.trended):
        try:
            item, deviation = _one(name, [c for c in covariates if c != name], history, least)
        except _NotFittedError as why:
            left_out.append(LeftOut(parameter=name, why=str(why)))
            continue
        fitted.append(item)
        deviations[name] = deviation
    try:
        joint = _together(deviations, least, float(policy.policy.robust_distance))
    except _NotFittedError as why:
        joint = None
        left_out.append(LeftOut(parameter="all together", why=str(why)))
    return Baseline(
        BaselineDocument(
            format="onelot-baseline/1", mbr=mbr.mbr.id, mbr_version=mbr.mbr.version, mbr_digest=mbr.digest,
            robust_distance=policy.policy.robust_distance, history_lots=least, lots=history.lots,
            parameters=tuple(fitted), joint=joint, left_out=tuple(left_out),
        )
    )  # fmt: skip


class _NotFittedError(Exception):
    """Why something could not be fitted, in words."""


def _history(mbr: LoadedMbr, asked: Mapping[str, Parameter], facts: Mapping[str, pa.Table]) -> _History:
    heads = facts["lot"].select(["lot", "mbr", "mbr_version"]).to_pylist()
    lots = sorted(
        {row["lot"] for row in heads if (row["mbr"], row["mbr_version"]) == (mbr.mbr.id, mbr.mbr.version)}
    )
    place = {lot: number for number, lot in enumerate(lots)}
    units = {name: parameter.unit or "1" for name, parameter in asked.items()}
    values = {name: np.full(len(lots), np.nan) for name in asked}
    latest: dict[tuple[str, str], tuple[int, int]] = {}
    entries = facts["parameter_value"]
    wanted = entries.filter(pc.is_in(entries["parameter"], value_set=pa.array(sorted(asked), pa.string())))
    for row in wanted.to_pylist():
        lot, name, order = row["lot"], row["parameter"], (row["occurrence"], row["position"])
        if lot not in place or row["status"] == "not_applicable" or order < latest.get((lot, name), (0, 0)):
            continue
        latest[lot, name] = order
        values[name][place[lot]] = _number(row, units[name])
    return _History(tuple(lots), values, units)


def _number(row: Mapping[str, object], unit: str) -> float:
    """The plain number in the MBR's unit; NaN where there is none."""
    value, recorded = row["value"], str(row["unit"])
    if row["status"] != "recorded" or row["censor"] or not isinstance(value, float | int):
        return math.nan
    if not recorded and unit != "1":
        return math.nan
    try:
        change = conversion(recorded or "1", unit)
    except Refused:
        return math.nan
    return float(value) * change.factor + change.offset


def _one(
    name: str, covariates: Sequence[str], history: _History, least: int
) -> tuple[ParameterBaseline, Column]:
    """One parameter given the covariates; its standardised deviations, NaN where a value is missing."""
    told = [c for c in covariates if _spread(history.values[c]) > _LEAST_SPREAD]
    x = np.column_stack([history.values[c] for c in told]) if told else np.empty((len(history.lots), 0))
    y = history.values[name]
    whole = ~np.isnan(np.column_stack([x, y])).any(axis=1)
    count = int(whole.sum())
    needed = max(least, _LOTS_A_PARAMETER * (len(told) + 1))
    if count < needed:
        raise _NotFittedError(f"{count} lots hold this and every covariate; {needed} are needed")
    centers = np.median(x[whole], axis=0)
    scales = np.array([_spread(column) for column in x[whole].T]) if told else np.empty(0)
    standard = (x - centers) / scales if told else x
    if told:
        model = HuberRegressor(alpha=0.0, max_iter=1000).fit(standard[whole], _scaled(y[whole]))
        size = _scale_of(y[whole])
        slope = model.coef_ * size
        intercept = float(model.intercept_ * size + np.median(y[whole]))
    else:
        slope, intercept = np.empty(0), float(np.median(y[whole]))
    residual = y - intercept - (standard @ slope if told else 0.0)
    scale = _spread(residual[whole]) * math.sqrt(count / (count - len(told) - 1))
    if scale <= _LEAST_SPREAD:
        raise _NotFittedError("the values of the history do not vary")
    item = ParameterBaseline(
        parameter=name, unit=history.units[name], lots=count, intercept=_text(intercept), scale=_text(scale),
        coefficients=tuple(
            Coefficient(
                covariate=c, unit=history.units[c], center=_text(float(center)), coefficient=_text(float(b / s))
            )
            for c, center, b, s in zip(told, centers, slope, scales, strict=True)
        ),
    )  # fmt: skip
    return item, residual / scale


def _scale_of(values: Column) -> float:
    return _spread(values) or 1.0


def _scaled(values: Column) -> Column:
    """Centred and scaled, so that Huber's loss sees numbers of size one."""
    scaled: Column = (values - np.median(values)) / _scale_of(values)
    return scaled


def _spread(values: Column) -> float:
    known = values[~np.isnan(values)]
    return float(_MAD * np.median(np.abs(known - np.median(known)))) if known.size else 0.0


def _together(deviations: Mapping[str, Column], least: int, robust_distance: float) -> JointBaseline | None:
    """The deviations of all fitted parameters together; None for fewer than two."""
    names = sorted(deviations)
    if len(names) < 2:
        return None
    z = np.column_stack([deviations[name] for name in names])
    z = z[~np.isnan(z).any(axis=1)]
    needed = max(least, _LOTS_A_PARAMETER * len(names))
    if len(z) < needed:
        raise _NotFittedError(f"{len(z)} lots hold all of them; {needed} are needed")
    fitted = MinCovDet(random_state=0).fit(z)
    count, size = int(fitted.support_.sum()), len(names)
    tail = 2.0 * norm.sf(robust_distance)
    factor = size * (count + 1) * (count - 1) / (count * (count - size))
    return JointBaseline(
        parameters=tuple(names), lots=count, center=tuple(_text(float(value)) for value in fitted.location_),
        precision=tuple(tuple(_text(float(value)) for value in row) for row in fitted.precision_),
        limit=_text(float(factor * f_distribution.isf(tail, size, count - size))),
    )  # fmt: skip


def _text(value: float) -> str:
    return f"{value:.10g}"
