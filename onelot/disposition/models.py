"""Read models of dispositions."""

from __future__ import annotations

from django.db import models


class Standing(models.Model):
    """The state of one lot for one market; no row: undecided."""

    lot = models.CharField(max_length=120)
    market = models.CharField(max_length=8)
    state = models.CharField(max_length=32)
    is_closed = models.BooleanField()
    """Whether the record stands as it was decided on."""
    position = models.BigIntegerField()
    """Ledger position of the decision."""
    decided_at = models.DateTimeField()

    class Meta:
        """One row a lot and market."""

        constraints = (models.UniqueConstraint(fields=["lot", "market"], name="disposition_one_standing"),)
        indexes = (models.Index(fields=["state", "decided_at"], name="disposition_states"),)


class Decision(models.Model):
    """One signed decision."""

    position = models.BigIntegerField(primary_key=True)
    lot = models.CharField(max_length=120, db_index=True)
    market = models.CharField(max_length=8)
    decision = models.CharField(max_length=32)
    signature = models.CharField(max_length=64)
    through_position = models.BigIntegerField()
    reason = models.TextField()
    pending = models.JSONField()
    out_of_specification = models.JSONField()
    consequence_plan = models.TextField(blank=True)
    request = models.TextField(blank=True)
    acceptance = models.TextField(blank=True)
    protocol = models.TextField(blank=True)
    informed = models.TextField(blank=True)
    person = models.CharField(max_length=64)
    at = models.DateTimeField()


class ItemStatement(models.Model):
    """The last statement on one item of a lot's checklist; a withdrawn one leaves no row."""

    lot = models.CharField(max_length=120, db_index=True)
    market = models.CharField(max_length=8)
    item = models.CharField(max_length=64)
    state = models.CharField(max_length=16)
    """present, not_applicable."""
    document = models.CharField(max_length=64, blank=True)
    document_name = models.CharField(max_length=200, blank=True)
    reason = models.TextField()
    person = models.CharField(max_length=64)
    at = models.DateTimeField()
    position = models.BigIntegerField()

    class Meta:
        """One statement an item."""

        constraints = (
            models.UniqueConstraint(fields=["lot", "market", "item"], name="disposition_one_statement"),
        )


class Certificate(models.Model):
    """One certificate as the register holds it."""

    number = models.CharField(max_length=64, primary_key=True)
    kind = models.CharField(max_length=32)
    lot = models.CharField(max_length=120, db_index=True)
    market = models.CharField(max_length=8)
    content = models.CharField(max_length=64)
    """SHA-256 of its canonical JSON in the evidence store."""
    signature = models.CharField(max_length=64)
    person = models.CharField(max_length=64)
    name = models.CharField(max_length=200)
    """Of the signer, as printed."""
    issued_at = models.DateTimeField()
    position = models.BigIntegerField()

    class Meta:
        """Order of the register."""

        indexes = (models.Index(fields=["kind", "number"], name="disposition_register"),)


class MaterialStatus(models.Model):
    """One change of the status of a lot of material; those of superseded documents leave no row."""

    position = models.BigIntegerField(primary_key=True)
    material = models.CharField(max_length=120)
    material_lot = models.CharField(max_length=120)
    status = models.CharField(max_length=16)
    changed_at = models.DateTimeField()
    document = models.CharField(max_length=64, blank=True, db_index=True)

    class Meta:
        """Looked up by lot of material."""

        indexes = (models.Index(fields=["material", "material_lot"], name="disposition_material"),)
