"""The order of rows that archives keep and readers rely on."""

from __future__ import annotations

import pyarrow as pa
import pyarrow.compute as pc


def in_order(table: pa.Table) -> bool:
    """Whether rows are sorted by lot and then by position."""
    if table.num_rows < 2:
        return True
    lot, position = table["lot"].combine_chunks(), table["position"].combine_chunks()
    above = pc.greater(lot[1:], lot[:-1])
    same = pc.and_(pc.equal(lot[1:], lot[:-1]), pc.greater_equal(position[1:], position[:-1]))
    return bool(pc.all(pc.or_(above, same)).as_py())
