"""What the approved master batch record of a therapy says of identity: points, labels, clocks."""

from __future__ import annotations

from collections.abc import Iterator

from onelot.kernel.refusals import Refused
from onelot.ledger.evidence import EvidenceStore
from onelot.ledger.store import Ledger
from onelot.recipes.approval import approvals
from onelot.recipes.document import load_mbr
from onelot.recipes.model import MasterBatchRecord

_KEPT_AT_MOST = 64
_kept: dict[str, MasterBatchRecord] = {}


def mbr_of(
    ledger: Ledger, evidence: EvidenceStore | None, mbr: str, version: str
) -> MasterBatchRecord | None:
    """The approved version; None where none was approved, or its file is not kept here."""
    if evidence is None or not mbr:
        return None
    approved = next((item for item in approvals(ledger, "mbr", mbr) if item.version == version), None)
    if approved is None:
        return None
    if approved.digest not in _kept:
        try:
            document = load_mbr(evidence.get(approved.document), f"{mbr} {version}").mbr
        except Refused:
            return None  # `onelot ledger verify` names the file
        if len(_kept) >= _KEPT_AT_MOST:
            _kept.clear()
        _kept[approved.digest] = document
    return _kept[approved.digest]


def thaw_clocks(mbr: MasterBatchRecord) -> Iterator[tuple[str, int]]:
    """Clocks that begin with the thaw, with their minutes: those that start at the identity point ``thaw``."""
    for clock in mbr.clocks:
        if clock.starts_on == "identity:thaw" and clock.max is not None:
            yield clock.id, int(clock.max.total_seconds() // 60)
