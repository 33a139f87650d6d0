"""Defects in verifications."""

from __future__ import annotations

from datetime import timedelta

from onelot.execution.events import ParameterRecorded
from onelot.simulation.defects.catalogue import plants
from onelot.simulation.defects.workbench import Workbench, known, path


def _second_person(work: Workbench) -> ParameterRecorded:
    return work.entry(lambda parameter, _: parameter.verification == "second_person")


@plants("TPV-SECOND-PERSON", "missing")
def not_verified(work: Workbench) -> str:
    """A critical entry that nobody verified."""
    entry = _second_person(work)
    return path(work.change(entry, verified_by="", verified_at=None, verification=None))


@plants("TPV-SECOND-PERSON", "by_machine")
def verified_by_machine(work: Workbench) -> str:
    """Verified by a machine where a person is asked for."""
    return path(work.change(_second_person(work), verification="machine", verified_by="mes.interlock"))


@plants("TPV-SECOND-PERSON", "by_person")
def verified_by_person(work: Workbench) -> str:
    """Verified by a person where a machine is asked for."""
    entry = work.entry(lambda parameter, _: parameter.verification == "machine")
    person = work.plan.suite.people[0]
    return path(work.change(entry, verification="person", verified_by=person))


@plants("TPV-SECOND-PERSON", "same_person", "AUD-ACCOUNT", "TRN-VALID")
def verified_by_performer(work: Workbench) -> str:
    """Performed and verified by the same person, once in capitals."""
    entry = _second_person(work)
    return path(work.change(entry, verified_by=entry.performed_by.upper()))


@plants("TPV-SECOND-PERSON", "no_performer")
def no_performer(work: Workbench) -> str:
    """A verified entry that does not say who made it."""
    return path(work.change(_second_person(work), performed_by=""))


@plants("TPV-SECOND-PERSON", "no_time", "AUD-ACCOUNT", "TRN-VALID")
def verification_without_time(work: Workbench) -> str:
    """A verification of which nobody knows when it was made."""
    return path(work.change(_second_person(work), verified_at=None))


@plants("TPV-SECOND-PERSON", "before")
def verified_before(work: Workbench) -> str:
    """Verified before it was performed: signed in advance."""
    entry = _second_person(work)
    return path(work.change(entry, verified_at=known(entry.performed_at) - timedelta(minutes=7)))


@plants("TPV-SECOND-PERSON", "too_late", "LAT-ENTRY")
def verified_too_late(work: Workbench) -> str:
    """Verified later than allowed."""
    entry = _second_person(work)
    late = known(entry.performed_at) + work.plan.mbr.verify_within + timedelta(minutes=25)
    return path(work.change(entry, verified_at=late))
