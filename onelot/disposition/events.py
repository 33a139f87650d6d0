"""Decisions on lots (21 CFR 211.22, 211.165, 211.192; EU GMP Part IV section 11, Annex 16)."""

from __future__ import annotations

from typing import ClassVar, Literal

from onelot.kernel.events import Event

DecisionCode = Literal[
    "released", "released_conditionally", "confirmed", "late_out_of_specification", "shipped_under_quarantine",
    "supplied_exceptionally", "rejected", "withdrawn", "recalled", "cancelled",
]  # fmt: skip


class DispositionItemStated(Event, tag="disposition.item_stated.v1"):
    """A person said of one item of the checklist, which the record does not show by itself, that it is there.

    Or that it does not apply; the entry's reason says why. A later statement supersedes an earlier one.
    """

    reason_required: ClassVar[bool] = True

    lot: str
    market: str
    item: str
    state: Literal["present", "not_applicable", "withdrawn"]
    document: str = ""
    """SHA-256 of a file in the evidence store."""
    document_name: str = ""
    """What that file is called."""


class LotDisposed(Event, tag="disposition.lot_disposed.v1"):
    """A signed decision on one lot for one market. It is never edited, only superseded by a new one."""

    reason_required: ClassVar[bool] = True

    lot: str
    market: str
    decision: DecisionCode
    signature: str
    through_position: int
    """The decision rests on the ledger up to this position."""
    pending: tuple[str, ...] = ()
    """Tests whose results come later (two-step release)."""
    consequence_plan: str = ""
    """What happens if a later result is out of specification."""
    request: str = ""
    """Exceptional supply: reference of the physician's request (Part IV 11.5)."""
    acceptance: str = ""
    """Exceptional supply: reference of the physician's acceptance of the risk evaluation."""
    protocol: str = ""
    """Exceptional supply in the US: expanded access protocol or IND."""
    out_of_specification: tuple[str, ...] = ()
    """Criteria that were not met, as the decision knew them."""
    informed: str = ""
    """Reference of how the physician was told: of a late result out of specification, a withdrawal or a recall."""


class CertificateIssued(Event, tag="disposition.certificate_issued.v1"):
    """A certificate that goes with a decision, or a document signed for itself.

    Its number is the entry in the register (Annex 16, 1.7.3).
    """

    lot: str
    market: str
    certificate: str
    """Number in the register, never used twice."""
    kind: Literal[
        "qp_certificate", "release_certificate", "certificate_of_analysis", "exceptional_supply_statement",
        "partial_manufacture_confirmation", "release_for_infusion_certificate", "identity_custody_report",
    ]  # fmt: skip
    content: str
    """SHA-256 of its canonical JSON content, in the evidence store."""
    signature: str


EVENTS: tuple[type[Event], ...] = (DispositionItemStated, LotDisposed, CertificateIssued)
"""What the ledger may hold of this room."""
