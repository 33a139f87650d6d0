"""The vault's commands: the only reader and writer of patients' personal data."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, fields
from datetime import date
from typing import cast

import msgspec
from django.db import connections, transaction

from onelot.kernel.clock import Clock, system_clock
from onelot.kernel.events import Event
from onelot.kernel.refusals import Refused, refuse
from onelot.ledger.entry import Draft
from onelot.ledger.query import Query
from onelot.ledger.store import Ledger
from onelot.registry.permissions import Actor, Place
from onelot.registry.vault.events import (
    Field,
    PatientCorrected,
    PatientErased,
    PatientOpened,
    PatientRegistered,
)
from onelot.registry.vault.models import PatientCard, PatientKey, SealedPatient
from onelot.registry.vault.sealing import new_key, seal, unseal

_COI = re.compile(r"[A-Za-z0-9][A-Za-z0-9 ._:/+-]{0,118}[A-Za-z0-9]")
EVERYWHERE = Place()
"""A patient belongs to no maker, so only a role that holds everywhere opens the vault."""


@dataclass(frozen=True)
class Patient:
    """One patient's personal data."""

    name: str
    birth_date: str
    """ISO 8601 date."""
    hospital_numbers: tuple[str, ...] = ()
    """As the hospitals write them, each with the hospital, for example ``UKH 4711``."""


@dataclass(frozen=True)
class Vault:
    """The commands of one person. Each raises Refused: ``registry.not_allowed``, ``ledger.reason_missing``,
    ``vault.unknown``, ``vault.erased``, ``vault.reason_names_patient``, and its own.
    """

    ledger: Ledger
    actor: Actor
    key: bytes
    """The vault's own key, 32 bytes."""
    clock: Clock = system_clock

    def register(self, *, coi_identifier: str, patient: Patient, place: Place = EVERYWHERE) -> None:
        """Keep the personal data behind a COI identifier. ``place``: the clinic whose patient it is, as the caller
        knows.

        Raises Refused (``vault.coi_identifier``, ``vault.known``, ``vault.patient``).
        """
        if not self.actor.may("patient.manage", EVERYWHERE):
            self.actor.check_may("patient.register", place)
        coi = coi_identifier.strip()
        if not _COI.fullmatch(coi):
            raise refuse(
                "vault.coi_identifier", "This cannot be a COI identifier.", where="COI identifier",
                expected="2 to 120 letters, digits and . _ : / + - or spaces, a letter or digit at both ends",
                got=coi[:130],
            )  # fmt: skip
        _check_patient(patient)
        _check_unnamed(coi, patient, "COI identifier")
        known = Query(tags=(_tag(coi),), types=(PatientRegistered,))
        key = new_key()
        try:
            with transaction.atomic(using=self.ledger.alias):
                self.ledger.append([self._draft(PatientRegistered(coi_identifier=coi), coi)], unless=known)
                PatientKey.objects.create(coi_identifier=coi, wrapped=seal(self.key, key, f"key {coi}"))
                self._store(coi, 1, key, patient)
        except Refused as refused:
            if refused.refusals[0].code != "ledger.condition_failed":
                raise
            raise refuse(
                "vault.known", "This COI identifier belongs to a patient already, and is never given again.",
                where="COI identifier", got=coi,
            ) from refused  # fmt: skip

    def open(self, *, coi_identifier: str, reason: str, place: Place = EVERYWHERE) -> Patient:
        """The personal data; that they were looked at, by whom and why is recorded first.

        ``place``: the clinic whose patient it is, as the caller knows.
        """
        if not self.actor.may("patient.open", EVERYWHERE):
            self.actor.check_may("patient.identify", place)
        patient, _, _ = self._read(coi_identifier)
        _check_unnamed(reason, patient, "reason")
        self.ledger.append(
            [self._draft(PatientOpened(coi_identifier=coi_identifier), coi_identifier, reason)]
        )
        return patient

    def correct(self, *, coi_identifier: str, patient: Patient, reason: str) -> None:
        """Say the personal data anew; the former state stays beside it until all is erased.

        Raises Refused (``vault.patient``, ``vault.nothing_changed``, ``vault.changed``).
        """
        self.actor.check_may("patient.manage", EVERYWHERE)
        _check_patient(patient)
        with transaction.atomic(using=self.ledger.alias):
            seen = self.ledger.size()
            before, key, number = self._read(coi_identifier)
            names = [
                field.name
                for field in fields(Patient)
                if getattr(before, field.name) != getattr(patient, field.name)
            ]
            if not names:
                raise refuse("vault.nothing_changed", "The data are as they were.", where=coi_identifier)
            for known in (before, patient):
                _check_unnamed(reason, known, "reason")
            event = PatientCorrected(
                coi_identifier=coi_identifier, fields=tuple(cast("Sequence[Field]", names))
            )
            self._append(event, coi_identifier, reason, seen)
            self._store(coi_identifier, number + 1, key, patient)

    def erase(self, *, coi_identifier: str, reason: str) -> None:
        """Destroy the patient's key and data; nobody reads them again. The ledger stays as it is."""
        self.actor.check_may("patient.manage", EVERYWHERE)
        connection = connections[self.ledger.alias]
        if connection.vendor == "sqlite":
            with connection.cursor() as cursor:  # what is deleted is overwritten with zeros
                cursor.execute("PRAGMA secure_delete = ON")
        with transaction.atomic(using=self.ledger.alias):
            seen = self.ledger.size()
            patient, _, _ = self._read(coi_identifier)
            _check_unnamed(reason, patient, "reason")
            self._append(PatientErased(coi_identifier=coi_identifier), coi_identifier, reason, seen)
            transaction.on_commit(self._forget_log, using=self.ledger.alias)

    def _forget_log(self) -> None:
        """SQLite's write-ahead log may still hold the page with the key."""
        connection = connections[self.ledger.alias]
        if connection.vendor == "sqlite":
            with connection.cursor() as cursor:
                cursor.execute("PRAGMA wal_checkpoint(TRUNCATE)")

    def _read(self, coi: str) -> tuple[Patient, bytes, int]:
        """The last state, the patient's key, and the number of the state."""
        card = PatientCard.objects.filter(coi_identifier=coi).first()
        if card is None:
            raise refuse("vault.unknown", "There is no such patient.", where="COI identifier", got=coi[:130])
        wrapped = PatientKey.objects.filter(coi_identifier=coi).first()
        state = SealedPatient.objects.filter(coi_identifier=coi).order_by("-number").first()
        if card.erased_at is not None or wrapped is None or state is None:
            raise refuse("vault.erased", "The patient's data were erased.", where=coi)
        key = unseal(self.key, bytes(wrapped.wrapped), f"key {coi}")
        data = unseal(key, bytes(state.sealed), f"state {state.number} of {coi}")
        return msgspec.json.decode(data, type=Patient), key, state.number

    def _store(self, coi: str, number: int, key: bytes, patient: Patient) -> None:
        sealed = seal(key, msgspec.json.encode(patient), f"state {number} of {coi}")
        SealedPatient.objects.create(coi_identifier=coi, number=number, sealed=sealed)

    def _append(self, event: Event, coi: str, reason: str, seen: int) -> None:
        changed = Query(tags=(_tag(coi),), types=(PatientCorrected, PatientErased))
        self.ledger.append([self._draft(event, coi, reason)], unless=changed, after=seen)

    def _draft(self, event: Event, coi: str, reason: str = "") -> Draft:
        return Draft(
            event=event, actor=self.actor.who, occurred_at=self.clock(), tags=(_tag(coi),), reason=reason.strip()
        )  # fmt: skip


def _tag(coi: str) -> str:
    return f"patient:{coi}"


def _check_patient(patient: Patient) -> None:
    if not patient.name.strip() or len(patient.name) > 200:
        raise refuse("vault.patient", "A name is needed, of at most 200 characters.", where="name")
    try:
        date.fromisoformat(patient.birth_date)
    except ValueError as error:
        raise refuse(
            "vault.patient", "This is not a date.", where="birth date", expected="a date such as 1961-05-23",
            got=patient.birth_date[:40],
        ) from error  # fmt: skip
    if any(len(number) > 120 for number in patient.hospital_numbers) or len(patient.hospital_numbers) > 20:
        raise refuse(
            "vault.patient",
            "At most 20 hospital numbers of at most 120 characters.",
            where="hospital numbers",
        )


def _check_unnamed(text: str, patient: Patient, where: str) -> None:
    """What is kept for ever must not hold what may have to be erased."""
    words = re.split(r"[^\w]+", patient.name)
    told = [word for word in words if len(word) > 2] + [
        number for number in patient.hospital_numbers if number
    ]
    spoken = text.casefold()
    if patient.birth_date in text or any(
        re.search(rf"\b{re.escape(word.casefold())}\b", spoken) for word in told
    ):
        raise refuse(
            "vault.reason_names_patient", "This is kept for ever, so it must not name the patient.", where=where,
            expected="words without the patient's name, birth date or hospital number",
        )  # fmt: skip
