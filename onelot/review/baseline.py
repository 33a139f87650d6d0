"""What a process usually gives, fitted from its closed lots: a document that the review is judged against.

Numbers are text, so that the document is canonical JSON (RFC 8785) and has a digest. ``tables`` turns it into the
three tables that the checks ``TRD-UNUSUAL`` and ``TRD-UNUSUAL-MULTI`` join. How it is fitted: ``baseline_fit``.
"""

from __future__ import annotations

from functools import cached_property
from typing import Literal

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
        low_text=pa.string(),
        high_text=pa.string(),
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
