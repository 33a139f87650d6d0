"""What the ledger knows of patients: the COI identifier, and who did what with the data behind it. Never the data.

Reasons are kept for ever, so they must not name the patient; the service refuses those that do.
"""

from __future__ import annotations

from typing import ClassVar, Literal

from onelot.kernel.events import Event

Field = Literal["name", "birth_date", "hospital_numbers"]


class PatientRegistered(Event, tag="registry.patient_registered.v1"):
    """The vault holds personal data for this COI identifier."""

    coi_identifier: str


class PatientCorrected(Event, tag="registry.patient_corrected.v1"):
    """The personal data were corrected. Which fields, not what they say."""

    reason_required: ClassVar[bool] = True

    coi_identifier: str
    fields: tuple[Field, ...]


class PatientOpened(Event, tag="registry.patient_opened.v1"):
    """Somebody looked at the personal data; the reason says why (GDPR Art. 5(2), 32)."""

    reason_required: ClassVar[bool] = True

    coi_identifier: str


class PatientErased(Event, tag="registry.patient_erased.v1"):
    """The key of the personal data was destroyed, so nobody reads them again (GDPR Art. 17)."""

    reason_required: ClassVar[bool] = True

    coi_identifier: str


EVENTS: tuple[type[Event], ...] = (PatientRegistered, PatientCorrected, PatientOpened, PatientErased)
