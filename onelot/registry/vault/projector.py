"""Keeps what the ledger says of patients; an erasure destroys the key, also when all is built anew."""

from __future__ import annotations

from onelot.ledger.entry import Entry
from onelot.ledger.projection import Projector
from onelot.registry.vault import events
from onelot.registry.vault.models import PatientCard, PatientKey, SealedPatient


def _registered(entry: Entry) -> None:
    event = entry.event
    assert isinstance(event, events.PatientRegistered)
    PatientCard.objects.create(
        coi_identifier=event.coi_identifier, registered_by=entry.actor, registered_at=entry.occurred_at,
        position=entry.position,
    )  # fmt: skip


def _touched(entry: Entry) -> None:
    event = entry.event
    assert isinstance(event, events.PatientCorrected | events.PatientOpened)
    PatientCard.objects.filter(coi_identifier=event.coi_identifier).update(position=entry.position)


def _erased(entry: Entry) -> None:
    event = entry.event
    assert isinstance(event, events.PatientErased)
    PatientCard.objects.filter(coi_identifier=event.coi_identifier).update(
        erased_by=entry.actor, erased_at=entry.occurred_at, position=entry.position
    )
    # After a backup of the database was restored beside a newer ledger, this erases again.
    PatientKey.objects.filter(coi_identifier=event.coi_identifier).delete()
    SealedPatient.objects.filter(coi_identifier=event.coi_identifier).delete()


PROJECTOR = Projector(
    models=(PatientCard,),
    handlers={
        events.PatientRegistered: _registered,
        events.PatientCorrected: _touched,
        events.PatientOpened: _touched,
        events.PatientErased: _erased,
    },
)
