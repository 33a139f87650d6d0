"""What the ledger says of patients (a read model), and the encrypted data, which are in no ledger."""

from __future__ import annotations

from typing import ClassVar

from django.db import models


class PatientCard(models.Model):
    """One patient as the ledger knows them."""

    coi_identifier = models.CharField(max_length=120, primary_key=True)
    registered_by = models.CharField(max_length=120)
    registered_at = models.DateTimeField(db_index=True)
    erased_by = models.CharField(max_length=120, blank=True)
    erased_at = models.DateTimeField(null=True)
    position = models.BigIntegerField()
    """Ledger position of the last event about the patient."""


class PatientKey(models.Model):
    """The key of one patient's data, itself encrypted with the vault's key. Without it the data are noise."""

    coi_identifier = models.CharField(max_length=120, primary_key=True)
    wrapped = models.BinaryField()


class SealedPatient(models.Model):
    """One state of a patient's data, encrypted; a correction adds the next."""

    coi_identifier = models.CharField(max_length=120)
    number = models.PositiveIntegerField()
    sealed = models.BinaryField()

    class Meta:
        """States are counted for each patient."""

        constraints: ClassVar = [
            models.UniqueConstraint(fields=("coi_identifier", "number"), name="one_sealed_state")
        ]
