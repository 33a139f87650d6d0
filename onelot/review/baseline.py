"""What a process usually gives, fitted from its closed lots: a document that the review is judged against.

Numbers are text, so that the document is canonical JSON (RFC 8785) and has a digest. ``tables`` turns it into the
three tables that the checks ``TRD-UNUSUAL`` and ``TRD-UNUSUAL-MULTI`` join. How it is fitted: ``baseline_fit``.
"""

from __future__ import annotations

from functools import cached_property
from typing import Any, Literal

import msgspec
import pyarrow as pa

from onelot.kernel.canonical import canonical, digest
from onelot.kernel.refusals import refuse


def _table(**columns: pa.DataType) -> pa.Schema:
    return pa.schema([pa.field(name, kind, nullable=False) for name, kind in columns.items()])


BASELINE_TABLES: dict[str, pa.Schema] = {
    "baseline_parameter": _table(
        parameter=pa.string(),
        unit=pa.string(),
        lots=pa.int64(),
        intercept=pa.float64(),
        scale=pa.float64(),
        joint=pa.bool_(),
        joint_center=pa.float64(),
        joint_lots=pa.int64(),
        joint_limit=pa.float64(),
        joint_limit_text=pa.string(),
    ),
    "baseline_coefficient": _table(
        parameter=pa.string(),
        covariate=pa.string(),
        unit=pa.string(),
        center=pa.float64(),
        coefficient=pa.float64(),
    ),
    "baseline_precision": _table(parameter=pa.string(), other=pa.string(), precision=pa.float64()),
}

Number = str
"""A decimal number as text: ten significant digits at most."""


class Coefficient(msgspec.Struct, frozen=True, kw_only=True):
    """How one property of the starting material moves a parameter: ``coefficient * (value - center)``."""

    covariate: str
    unit: str
    center: Number
    coefficient: Number


class ParameterBaseline(msgspec.Struct, frozen=True, kw_only=True):
    """What one trended parameter usually is: ``intercept`` plus its coefficients, give or take ``scale``."""

    parameter: str
    unit: str
    """UCUM, as in the MBR."""
    lots: int
    """Lots of history that had this parameter and every covariate."""
    intercept: Number
    scale: Number
    """Robust standard deviation about the regression (1.4826 times the median absolute deviation, corrected for
    the fitted coefficients); more than zero."""
    coefficients: tuple[Coefficient, ...] = ()


class JointBaseline(msgspec.Struct, frozen=True, kw_only=True):
    """The standardised deviations of several parameters taken together."""

    parameters: tuple[str, ...]
    lots: int
    """Lots that the reweighted minimum covariance determinant kept."""
    center: tuple[Number, ...]
    precision: tuple[tuple[Number, ...], ...]
    """Inverse of the robust covariance, row by row."""
    limit: Number
    """Largest usual squared distance."""


class LeftOut(msgspec.Struct, frozen=True, kw_only=True):
    """What could not be fitted, and why."""

    parameter: str
    why: str


class BaselineDocument(msgspec.Struct, frozen=True, kw_only=True):
    """The fitted baseline. Canonical JSON of this is what its digest names."""

    format: Literal["onelot-baseline/1"]
    mbr: str
    mbr_version: str
    mbr_digest: str
    robust_distance: str
    history_lots: int
    lots: tuple[str, ...]
    """The lots it was fitted from, sorted."""
    parameters: tuple[ParameterBaseline, ...]
    joint: JointBaseline | None = None
    left_out: tuple[LeftOut, ...] = ()


class Baseline:
    """A baseline document with its bytes, its digest and its tables."""

    def __init__(self, document: BaselineDocument) -> None:
        self.document = document

    @cached_property
    def canonical(self) -> bytes:
        """Canonical JSON of the document."""
        return canonical(self.document)

    @cached_property
    def digest(self) -> str:
        """SHA-256 of ``canonical``."""
        return digest(self.canonical)

    @cached_property
    def tables(self) -> dict[str, pa.Table]:
        """The tables of ``BASELINE_TABLES``."""
        joint = self.document.joint
        place = {name: index for index, name in enumerate(joint.parameters)} if joint else {}
        parameters = [_parameter_row(item, joint, place) for item in self.document.parameters]
        coefficients = [
            (item.parameter, part.covariate, part.unit, float(part.center), float(part.coefficient))
            for item in self.document.parameters
            for part in item.coefficients
        ]
        precision = (
            [
                (one, other, float(joint.precision[place[one]][place[other]]))
                for one in joint.parameters
                for other in joint.parameters
            ]
            if joint
            else []
        )
        rows: dict[str, list[tuple[Any, ...]]] = {
            "baseline_parameter": parameters,
            "baseline_coefficient": coefficients,
            "baseline_precision": precision,
        }
        return {
            name: pa.Table.from_pylist(
                [dict(zip(schema.names, row, strict=True)) for row in rows[name]], schema=schema
            )
            for name, schema in BASELINE_TABLES.items()
        }


def _parameter_row(
    item: ParameterBaseline, joint: JointBaseline | None, place: dict[str, int]
) -> tuple[object, ...]:
    fitted = (item.parameter, item.unit, item.lots, float(item.intercept), float(item.scale))
    if joint is None or item.parameter not in place:
        return (*fitted, False, 0.0, 0, 0.0, "")
    limit = float(joint.limit)
    center = float(joint.center[place[item.parameter]])
    return (*fitted, True, center, joint.lots, limit, f"{limit:.1f}")


_decoder = msgspec.json.Decoder(BaselineDocument)


def load_baseline(data: bytes, name: str) -> Baseline:
    """Read a baseline document.

    Raises Refused (``review.bad_baseline``) for bytes that are no such document or hold numbers that are none.
    """
    try:
        baseline = Baseline(_decoder.decode(data))
        tables = baseline.tables
    except (msgspec.MsgspecError, ValueError, IndexError, KeyError) as error:
        raise refuse(
            "review.bad_baseline",
            "This is not a baseline.",
            where=name,
            expected="a document of format onelot-baseline/1, as `onelot baseline` writes it",
            got=str(error),
        ) from error
    if any(not scale > 0 for scale in tables["baseline_parameter"]["scale"].to_pylist()):
        raise refuse(
            "review.bad_baseline",
            "A parameter's scale is not above zero.",
            where=name,
            expected="a robust standard deviation above zero",
        )
    return baseline
