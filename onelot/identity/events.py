"""Facts of the chain of identity, from the order to the follow-up. No event says who the patient is (decision D3).

``RECORDED`` is what batch records from elsewhere may say; everything else is stated in onelot only. Each event of a
therapy carries the tag ``coi:``, and ``lot:`` as soon as there is a lot."""

from __future__ import annotations

from datetime import datetime
from typing import ClassVar, Literal

import msgspec

from onelot.kernel.events import Event

Carrier = Literal["label", "scan", "document", "manual"]
IdentifierKind = Literal["coi_identifier", "lot", "din", "container"]
ContainerKind = Literal["bag", "vial", "aliquot", "sample"]
LabelKind = Literal["collection", "in_process", "final", "shipper"]


class IdentifierRead(Event, tag="identity.identifier_read.v1"):
    """An identifier was read at a named point of the process, by whom and from what."""

    lot: str
    point: str
    """The MBR's identity point, for example ``receipt``."""
    carrier: Carrier
    kind: IdentifierKind
    identifier: str
    """Exactly what was read."""
    read_at: datetime
    entered_at: datetime | None = None
    read_by: str = ""
    verified_by: str = ""
    verified_at: datetime | None = None
    device: str = ""


class LabelsReconciled(Event, tag="identity.labels_reconciled.v1"):
    """Count of one label: printed = applied + scrapped + retained (21 CFR 211.125(c))."""

    lot: str
    label: str
    printed: int
    applied: int
    scrapped: int
    retained: int
    reconciled_at: datetime
    reconciled_by: str = ""
    verified_by: str = ""
    verified_at: datetime | None = None


class Answer(msgspec.Struct, frozen=True):
    """One answer of the eligibility checklist."""

    item: str
    answer: Literal["yes", "no", "not_applicable"]
    note: str = ""
    """A reference, never a name."""


class TherapyOrdered(Event, tag="identity.therapy_ordered.v1"):
    """A clinic orders a therapy for one patient, whose eligibility was gone through."""

    order: str
    """Its number, for example ``ORD-2026-00017``; never used twice."""
    product: str
    market: str
    """ISO 3166 code, or EU: where the patient is treated."""
    organisation: str
    """The clinic's organisation."""
    clinic: str
    """The clinic's site."""
    checklist: str
    """Version of the eligibility checklist."""
    checklist_digest: str
    """SHA-256 of the document that declares it."""
    answers: tuple[Answer, ...]
    collect_from: datetime | None = None
    """Earliest apheresis that the clinic wishes."""
    infuse_by: datetime | None = None
    """Latest infusion that the clinic wishes."""


class OrderChanged(Event, tag="identity.order_changed.v1"):
    """The wished times of an order are other ones from now on."""

    reason_required: ClassVar[bool] = True

    order: str
    collect_from: datetime | None = None
    infuse_by: datetime | None = None


class OrderPrescribed(Event, tag="identity.order_prescribed.v1"):
    """A physician prescribed the therapy of an order, by signature."""

    order: str
    signature: str


class OrderCancelled(Event, tag="identity.order_cancelled.v1"):
    """An order is not carried out."""

    reason_required: ClassVar[bool] = True

    order: str


class CoiAssigned(Event, tag="identity.coi_assigned.v1"):
    """One therapy of one patient has this COI identifier, and no other one ever has it."""

    coi_identifier: str
    order: str
    format: str
    """Name of the sponsor's format."""


class LotAssigned(Event, tag="identity.lot_assigned.v1"):
    """The lot that is to be made for a therapy. A remake has a lot of its own, and says which it replaces."""

    coi_identifier: str
    lot: str
    mbr: str
    mbr_version: str
    site: str
    """Where it is to be made."""
    replaces: str = ""
    """The lot that failed or was lost; empty: the first."""


class CollectionRecorded(Event, tag="identity.collection_recorded.v1"):
    """Cells were collected from the patient under one donation identification number (DIN)."""

    coi_identifier: str
    lot: str
    din: str
    """13 characters; a DIN names one collection and is never used twice."""
    started_at: datetime
    ended_at: datetime
    site: str
    collected_by: str
    verified_by: str = ""
    device: str = ""
    volume: str = ""
    """As recorded."""
    unit: str = ""
    """UCUM code."""


class ContainerRegistered(Event, tag="identity.container_registered.v1"):
    """A bag, vial, aliquot or sample exists, and belongs to one patient for as long as it exists."""

    container: str
    """Its code, unique everywhere and never used twice."""
    coi_identifier: str
    lot: str
    kind: ContainerKind
    of: Literal["collection", "lot", "split", "pool"]
    """What it came from."""
    din: str = ""
    parents: tuple[str, ...] = ()
    """Containers whose content is in it."""
    material: str = ""
    """The MBR's material, where it is one."""
    volume: str = ""
    unit: str = ""
    number: int = 1
    """Place among the containers registered with it: bag ``number`` of ``total``."""
    total: int = 1


class ContainersSplit(Event, tag="identity.containers_split.v1"):
    """The content of one container was divided."""

    coi_identifier: str
    lot: str
    parent: str
    children: tuple[str, ...]
    is_emptied: bool
    """Whether nothing is left in the parent."""
    performed_by: str
    verified_by: str
    split_at: datetime


class ContainersPooled(Event, tag="identity.containers_pooled.v1"):
    """The content of several containers of one patient was brought together; nothing is left in them."""

    coi_identifier: str
    lot: str
    parents: tuple[str, ...]
    child: str
    performed_by: str
    verified_by: str
    pooled_at: datetime


class LabelPrinted(Event, tag="identity.label_printed.v1"):
    """One copy of a label was printed."""

    label: str
    """This copy's own number, for example ``L26-000017``."""
    kind: LabelKind
    coi_identifier: str
    lot: str
    mbr_label: str = ""
    """The MBR's label that is counted; empty: none is."""
    container: str = ""
    template: str = ""
    """Name and version of the template."""
    content: str = ""
    """SHA-256 of its canonical content without what names the patient, in the evidence store."""
    shows_patient: bool = False
    """Whether two identifiers of the patient were printed from the vault."""
    replaces: str = ""
    """The copy that is printed anew."""


class LabelReprinted(Event, tag="identity.label_reprinted.v1"):
    """A copy is replaced by a new one; the entry's reason says why, and the second person signed it."""

    reason_required: ClassVar[bool] = True

    label: str
    replaced: str
    coi_identifier: str
    lot: str
    asked_by: str
    signature: str


class LabelApplied(Event, tag="identity.label_applied.v1"):
    """A copy stands on its container, and was read there."""

    label: str
    coi_identifier: str
    lot: str
    container: str
    applied_at: datetime
    applied_by: str
    verified_by: str = ""


class LabelScrapped(Event, tag="identity.label_scrapped.v1"):
    """A copy was destroyed."""

    reason_required: ClassVar[bool] = True

    label: str
    coi_identifier: str
    lot: str


class LabelRetained(Event, tag="identity.label_retained.v1"):
    """A copy was put into the batch record as a specimen."""

    label: str
    coi_identifier: str
    lot: str


class Verified(Event, tag="identity.verified.v1"):
    """A second person checked what somebody else did or read, at the same time, and signed it (GMP Part IV, 6.24)."""

    coi_identifier: str
    lot: str
    act: str
    """What was checked, for example ``reading`` or ``label_applied``."""
    point: str
    performed_by: str
    signature: str


class IdentityMismatch(Event, tag="identity.mismatch.v1"):
    """What was read is not this patient's. Work on the therapy stops until two people have read it right."""

    lot: str
    coi_identifier: str
    """Whose it had to be."""
    point: str
    carrier: Carrier
    kind: str
    """Kind of the identifier that did not match; ``text`` where it is none that is known."""
    expected: str
    read: str
    """The identifier that was read."""
    raw: str
    """All that the scanner sent, at most 400 characters."""
    deviation: str
    """Number of the critical deviation that was opened in the same append."""
    other: str = ""
    """The COI identifier of the patient whose it is, where that is known."""
    read_by: str = ""


class IdentityReestablished(Event, tag="identity.reestablished.v1"):
    """After a mismatch two people read the right identifiers, so work may go on; the deviation stays open."""

    reason_required: ClassVar[bool] = True

    lot: str
    coi_identifier: str
    point: str
    performed_by: str
    signature: str


CorrectionSubject = Literal["label", "din", "container"]


class CorrectionProposed(Event, tag="identity.correction_proposed.v1"):
    """Somebody found that a record of identity is wrong, and signed what it should say; nothing is changed yet."""

    reason_required: ClassVar[bool] = True

    correction: str
    coi_identifier: str
    lot: str
    subject: CorrectionSubject
    identifier: str
    """The label's, the collection's or the container's, as it is recorded."""
    after: str
    """What it should be; empty: it is void, and counts for nothing any more."""
    signature: str


class IdentityCorrected(Event, tag="identity.corrected.v1"):
    """A second person signed the correction; from now on it counts. Nothing moves from one patient to another."""

    reason_required: ClassVar[bool] = True

    correction: str
    coi_identifier: str
    lot: str
    subject: CorrectionSubject
    identifier: str
    after: str
    proposed_by: str
    signature: str


class CorrectionDeclined(Event, tag="identity.correction_declined.v1"):
    """A proposed correction is not made."""

    reason_required: ClassVar[bool] = True

    correction: str
    coi_identifier: str
    lot: str


class ThawStarted(Event, tag="identity.thaw_started.v1"):
    """A container is thawed for infusion; its clock runs."""

    coi_identifier: str
    lot: str
    container: str
    started_at: datetime
    limit_minutes: int
    """Within which the infusion must have ended; 0: no limit is declared."""
    limit_from: str
    """Where the limit comes from, for example ``MBR MBR-CARC version 5, clock post_thaw``."""
    performed_by: str
    verified_by: str
    device: str = ""


class BedsideChecked(Event, tag="identity.bedside_checked.v1"):
    """Two people compared patient, containers and order at the bedside, and all of it agreed."""

    coi_identifier: str
    lot: str
    containers: tuple[str, ...]
    performed_by: str
    signature: str
    """Of the second person."""
    checked_at: datetime


class InfusionRecorded(Event, tag="identity.infusion_recorded.v1"):
    """The patient received the product."""

    coi_identifier: str
    lot: str
    containers: tuple[str, ...]
    started_at: datetime
    ended_at: datetime
    performed_by: str
    volume: str = ""
    unit: str = ""
    residual: str = ""
    """What was left, in the same unit."""
    reactions: str = ""
    """As observed, without names."""


class ProductReturned(Event, tag="identity.product_returned.v1"):
    """A container goes back instead of being infused."""

    reason_required: ClassVar[bool] = True

    coi_identifier: str
    lot: str
    container: str
    returned_at: datetime


class ProductDestroyed(Event, tag="identity.product_destroyed.v1"):
    """A container was destroyed; a second person saw it and signed."""

    reason_required: ClassVar[bool] = True

    coi_identifier: str
    lot: str
    container: str
    destroyed_at: datetime
    performed_by: str
    signature: str


class PatientWithdrawn(Event, tag="identity.patient_withdrawn.v1"):
    """The patient's consent ended: no further collection, manufacture or infusion. What is recorded stays."""

    reason_required: ClassVar[bool] = True

    order: str
    coi_identifier: str = ""
    lot: str = ""


class PatientDied(Event, tag="identity.patient_died.v1"):
    """The patient died: what was planned ends."""

    order: str
    coi_identifier: str = ""
    lot: str = ""
    died_at: datetime | None = None


class FollowUpDue(Event, tag="identity.follow_up_due.v1"):
    """After the infusion somebody has to look at the patient by then."""

    coi_identifier: str
    lot: str
    milestone: str
    due_at: datetime


class FollowUpDone(Event, tag="identity.follow_up_done.v1"):
    """The milestone was reached; or the patient was lost to it, and the reason says why."""

    coi_identifier: str
    lot: str
    milestone: str
    outcome: Literal["done", "lost"]
    note: str = ""
    """A reference to the clinic's own record, without names."""


RECORDED: tuple[type[Event], ...] = (IdentifierRead, LabelsReconciled)
"""What records from elsewhere may say."""

EVENTS: tuple[type[Event], ...] = (
    *RECORDED,
    TherapyOrdered,
    OrderChanged,
    OrderPrescribed,
    OrderCancelled,
    CoiAssigned,
    LotAssigned,
    CollectionRecorded,
    ContainerRegistered,
    ContainersSplit,
    ContainersPooled,
    LabelPrinted,
    LabelReprinted,
    LabelApplied,
    LabelScrapped,
    LabelRetained,
    Verified,
    IdentityMismatch,
    IdentityReestablished,
    CorrectionProposed,
    IdentityCorrected,
    CorrectionDeclined,
    ThawStarted,
    BedsideChecked,
    InfusionRecorded,
    ProductReturned,
    ProductDestroyed,
    PatientWithdrawn,
    PatientDied,
    FollowUpDue,
    FollowUpDone,
)
"""What the ledger may hold of this room."""
