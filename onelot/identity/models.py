"""Read models of the chain of identity. They know a patient by the COI identifier only."""

from __future__ import annotations

from typing import ClassVar

from django.db import models


class OrderCard(models.Model):
    """One order as it stands."""

    order = models.CharField(max_length=64, primary_key=True)
    product = models.CharField(max_length=64)
    market = models.CharField(max_length=8)
    organisation = models.CharField(max_length=64, db_index=True)
    """Of the clinic."""
    clinic = models.CharField(max_length=64)
    site = models.CharField(max_length=64, blank=True)
    """Where it is made; empty until a lot is assigned. So ``maker``."""
    maker = models.CharField(max_length=64, blank=True, db_index=True)
    state = models.CharField(max_length=16, db_index=True)
    """ordered, prescribed, ended."""
    ended_by = models.CharField(max_length=16, blank=True)
    """cancelled, withdrawn, died."""
    ended_reason = models.TextField(blank=True)
    coi_identifier = models.CharField(max_length=60, blank=True, db_index=True)
    checklist = models.CharField(max_length=32)
    answers = models.JSONField()
    collect_from = models.DateTimeField(null=True)
    infuse_by = models.DateTimeField(null=True)
    ordered_by = models.CharField(max_length=64)
    ordered_at = models.DateTimeField(db_index=True)
    prescribed_by = models.CharField(max_length=64, blank=True)
    prescribed_at = models.DateTimeField(null=True)
    position = models.BigIntegerField()
    """Ledger position of the last event about it."""


class TherapyCard(models.Model):
    """One therapy of one patient, from the assignment of its COI identifier on."""

    coi_identifier = models.CharField(max_length=60, primary_key=True)
    order = models.CharField(max_length=64, unique=True)
    product = models.CharField(max_length=64)
    market = models.CharField(max_length=8)
    organisation = models.CharField(max_length=64, db_index=True)
    """Of the clinic."""
    clinic = models.CharField(max_length=64)
    lot = models.CharField(max_length=120, blank=True, db_index=True)
    """The one that counts; a replaced one is in ``TherapyLot``."""
    mbr = models.CharField(max_length=64, blank=True)
    mbr_version = models.CharField(max_length=32, blank=True)
    site = models.CharField(max_length=64, blank=True)
    maker = models.CharField(max_length=64, blank=True, db_index=True)
    """Organisation of the site."""
    state = models.CharField(max_length=16, db_index=True)
    """enrolled, scheduled, collected, thawing, checked, infused, ended."""
    stopped_by = models.CharField(max_length=64, blank=True)
    """Deviation of a mismatch after which nobody has read the identifiers right yet; empty: work may go on."""
    assigned_at = models.DateTimeField()
    collected_at = models.DateTimeField(null=True)
    """End of the last collection."""
    infused_at = models.DateTimeField(null=True)
    position = models.BigIntegerField()


class TherapyLot(models.Model):
    """A lot that was assigned to a therapy; the last one counts."""

    lot = models.CharField(max_length=120, primary_key=True)
    coi_identifier = models.CharField(max_length=60, db_index=True)
    mbr = models.CharField(max_length=64)
    mbr_version = models.CharField(max_length=32)
    site = models.CharField(max_length=64)
    replaces = models.CharField(max_length=120, blank=True)
    is_replaced = models.BooleanField(default=False)
    assigned_at = models.DateTimeField()


class CollectionCard(models.Model):
    """One collection."""

    din = models.CharField(max_length=16, primary_key=True)
    coi_identifier = models.CharField(max_length=60, db_index=True)
    lot = models.CharField(max_length=120)
    site = models.CharField(max_length=64)
    started_at = models.DateTimeField()
    ended_at = models.DateTimeField()
    collected_by = models.CharField(max_length=120)
    verified_by = models.CharField(max_length=120, blank=True)
    corrected_from = models.CharField(max_length=16, blank=True)
    """The DIN as it was recorded first, where a correction said another one."""


class ContainerCard(models.Model):
    """One container."""

    code = models.CharField(max_length=64, primary_key=True)
    coi_identifier = models.CharField(max_length=60, db_index=True)
    lot = models.CharField(max_length=120, db_index=True)
    kind = models.CharField(max_length=16)
    """bag, vial, aliquot, sample."""
    of = models.CharField(max_length=16)
    """collection, lot, split, pool."""
    din = models.CharField(max_length=16, blank=True)
    parents = models.JSONField()
    """Codes."""
    material = models.CharField(max_length=64, blank=True)
    volume = models.CharField(max_length=32, blank=True)
    unit = models.CharField(max_length=32, blank=True)
    number = models.PositiveIntegerField()
    total = models.PositiveIntegerField()
    state = models.CharField(max_length=16)
    """registered, emptied, thawed, infused, returned, destroyed, void."""
    registered_at = models.DateTimeField()
    thawed_at = models.DateTimeField(null=True)
    thaw_limit_minutes = models.PositiveIntegerField(null=True)
    thaw_limit_from = models.CharField(max_length=200, blank=True)
    position = models.BigIntegerField()


class LabelCard(models.Model):
    """One printed copy of a label."""

    label = models.CharField(max_length=64, primary_key=True)
    kind = models.CharField(max_length=16)
    coi_identifier = models.CharField(max_length=60, db_index=True)
    lot = models.CharField(max_length=120, db_index=True)
    mbr_label = models.CharField(max_length=64, blank=True)
    container = models.CharField(max_length=64, blank=True)
    content = models.CharField(max_length=64)
    shows_patient = models.BooleanField()
    replaces = models.CharField(max_length=64, blank=True)
    state = models.CharField(max_length=16)
    """printed, applied, scrapped, retained, void."""
    printed_by = models.CharField(max_length=64)
    printed_at = models.DateTimeField()
    position = models.BigIntegerField()


class ScanCard(models.Model):
    """One reading of an identifier of a therapy."""

    position = models.BigIntegerField(primary_key=True)
    coi_identifier = models.CharField(max_length=60, db_index=True)
    lot = models.CharField(max_length=120)
    point = models.CharField(max_length=64)
    carrier = models.CharField(max_length=16)
    kind = models.CharField(max_length=16)
    identifier = models.CharField(max_length=400)
    agrees = models.BooleanField()
    read_by = models.CharField(max_length=120)
    verified_by = models.CharField(max_length=120, blank=True)
    read_at = models.DateTimeField()


class MismatchCard(models.Model):
    """One mismatch and what became of it."""

    position = models.BigIntegerField(primary_key=True)
    coi_identifier = models.CharField(max_length=60, db_index=True)
    lot = models.CharField(max_length=120)
    point = models.CharField(max_length=64)
    expected = models.CharField(max_length=400)
    read = models.CharField(max_length=400)
    deviation = models.CharField(max_length=64)
    other = models.CharField(max_length=60, blank=True, db_index=True)
    read_by = models.CharField(max_length=120)
    read_at = models.DateTimeField()
    reestablished_by = models.CharField(max_length=120, blank=True)
    reestablished_at = models.DateTimeField(null=True)


class CorrectionCard(models.Model):
    """One correction, proposed, made or declined."""

    correction = models.CharField(max_length=64, primary_key=True)
    coi_identifier = models.CharField(max_length=60, db_index=True)
    lot = models.CharField(max_length=120)
    subject = models.CharField(max_length=16)
    identifier = models.CharField(max_length=64)
    after = models.CharField(max_length=64, blank=True)
    reason = models.TextField()
    state = models.CharField(max_length=16)
    """proposed, made, declined."""
    proposed_by = models.CharField(max_length=64)
    proposed_at = models.DateTimeField()
    decided_by = models.CharField(max_length=64, blank=True)
    decided_at = models.DateTimeField(null=True)
    position = models.BigIntegerField()


class InfusionCard(models.Model):
    """One infusion."""

    position = models.BigIntegerField(primary_key=True)
    coi_identifier = models.CharField(max_length=60, db_index=True)
    lot = models.CharField(max_length=120)
    containers = models.JSONField()
    started_at = models.DateTimeField()
    ended_at = models.DateTimeField()
    performed_by = models.CharField(max_length=120)
    checked_by = models.CharField(max_length=120, blank=True)
    """Second person of the bedside check."""
    volume = models.CharField(max_length=32, blank=True)
    unit = models.CharField(max_length=32, blank=True)
    reactions = models.TextField(blank=True)


class BedsideCard(models.Model):
    """The last bedside check of a therapy that no infusion has used yet."""

    coi_identifier = models.CharField(max_length=60, primary_key=True)
    containers = models.JSONField()
    performed_by = models.CharField(max_length=120)
    verified_by = models.CharField(max_length=120)
    checked_at = models.DateTimeField()
    position = models.BigIntegerField()


class MilestoneCard(models.Model):
    """One look at the patient after an infusion."""

    key = models.CharField(max_length=160, primary_key=True)
    coi_identifier = models.CharField(max_length=60, db_index=True)
    milestone = models.CharField(max_length=64)
    due_at = models.DateTimeField(db_index=True)
    outcome = models.CharField(max_length=16, blank=True)
    """done, lost; empty: still due."""
    note = models.CharField(max_length=400, blank=True)
    done_by = models.CharField(max_length=64, blank=True)
    done_at = models.DateTimeField(null=True)

    class Meta:
        """Read in the order in which they are due."""

        ordering: ClassVar = ["due_at", "key"]
