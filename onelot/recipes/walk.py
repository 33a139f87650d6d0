"""Go through the procedure of an MBR, giving each phase its full path and its place in the document."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from onelot.kernel.yaml_lines import Path
from onelot.recipes.model import MasterBatchRecord, Phase


class PlacedPhase(NamedTuple):
    """``name`` is ``unit_procedure/operation/phase``; ``path`` is where it stands in the document."""

    name: str
    path: Path
    phase: Phase


def phases(mbr: MasterBatchRecord) -> Iterator[PlacedPhase]:
    """Every phase in the order of the procedure."""
    root: Path = ("procedure", "unit_procedures")
    for u, unit_procedure in enumerate(mbr.procedure.unit_procedures):
        for o, operation in enumerate(unit_procedure.operations):
            for p, phase in enumerate(operation.phases):
                path = (*root, u, "operations", o, "phases", p)
                yield PlacedPhase(f"{unit_procedure.id}/{operation.id}/{phase.id}", path, phase)
