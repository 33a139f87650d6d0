"""Defects of accounts and training, and people in two places. The person concerned works on no other lot."""

from __future__ import annotations

from datetime import datetime, timedelta

from onelot.execution.events import ParameterRecorded, PhasePerformed
from onelot.registry.events import AccountChanged, TrainingRecorded
from onelot.simulation.defects.catalogue import plants
from onelot.simulation.defects.workbench import Workbench, known
from onelot.simulation.patient_lot import Plan
from onelot.simulation.record import good_record

_LONG_AGO = timedelta(days=300)


def _on_file(work: Workbench, person: str, at: datetime, *, trained: bool = True) -> None:
    """An account, and (unless told otherwise) every training, long before ``at``."""
    work.record.site_events.append(
        AccountChanged(person=person, change="enabled", changed_at=at - _LONG_AGO, changed_by="it.accounts")
    )
    if trained:
        for curriculum in work.plan.mbr.curricula:
            work.record.site_events.append(
                TrainingRecorded(person=person, curriculum=curriculum.id, valid_from=at - _LONG_AGO)
            )


def _hand_over(work: Workbench) -> tuple[str, PhasePerformed]:
    """Let a stranger run one phase of at least one training; return the person and the run."""
    placed = work.choose(work.phases(lambda p: bool(p.phase.training)))
    run = work.run(placed.name)
    person = work.stranger()
    for entry in work.of(
        ParameterRecorded, lambda e: e.phase == run.phase and e.performed_by == run.performed_by
    ):
        work.change(entry, performed_by=person)
    return person, work.change(run, performed_by=person)


@plants("AUD-ACCOUNT", "unknown", "TRN-VALID")
def account_unknown(work: Workbench) -> str:
    """Entries under a name for which there is no account."""
    return _hand_over(work)[0]


@plants("AUD-ACCOUNT", "disabled")
def account_disabled(work: Workbench) -> str:
    """Entries under an account that had been disabled."""
    person, run = _hand_over(work)
    at = known(run.started_at)
    _on_file(work, person, at)
    work.record.site_events.append(
        AccountChanged(
            person=person, change="disabled", changed_at=at - timedelta(days=20), changed_by="it.accounts"
        )
    )
    return person


@plants("AUD-ACCOUNT", "not_yet")
def account_not_yet_enabled(work: Workbench) -> str:
    """Entries under an account that was enabled only later."""
    person, run = _hand_over(work)
    at = known(run.started_at)
    for curriculum in work.plan.mbr.curricula:
        work.record.site_events.append(
            TrainingRecorded(person=person, curriculum=curriculum.id, valid_from=at - _LONG_AGO)
        )
    work.record.site_events.append(
        AccountChanged(
            person=person, change="enabled", changed_at=at + timedelta(days=30), changed_by="it.accounts"
        )
    )
    return person


@plants("AUD-ACCOUNT", "time_unknown", "TRN-VALID")
def account_at_unknown_time(work: Workbench) -> str:
    """An entry without any time by a person whose account was disabled at times."""
    entry = work.number(lambda parameter, _: parameter.verification == "none" and parameter.sampling is None)
    person = work.stranger()
    at = known(entry.performed_at)
    work.change(entry, performed_by=person, performed_at=None, entered_at=None)
    _on_file(work, person, at)
    for change, days in (("disabled", 50), ("enabled", 10)):
        work.record.site_events.append(
            AccountChanged(
                person=person, change="disabled" if change == "disabled" else "enabled",
                changed_at=at - timedelta(days=days), changed_by="it.accounts",
            )
        )  # fmt: skip
    return person


@plants("TRN-VALID", "none_on_file")
def not_trained(work: Workbench) -> str:
    """A phase performed by somebody without the training."""
    person, run = _hand_over(work)
    _on_file(work, person, known(run.started_at), trained=False)
    return ""


@plants("TRN-VALID", "not_yet")
def trained_later(work: Workbench) -> str:
    """A phase performed before the training."""
    person, run = _hand_over(work)
    at = known(run.started_at)
    _on_file(work, person, at, trained=False)
    for curriculum in work.plan.mbr.curricula:
        work.record.site_events.append(
            TrainingRecorded(
                person=person, curriculum=curriculum.id, valid_from=known(run.ended_at) + timedelta(days=9)
            )
        )
    return ""


@plants("TRN-VALID", "expired")
def training_expired(work: Workbench) -> str:
    """A phase performed after the training had expired."""
    person, run = _hand_over(work)
    at = known(run.started_at)
    _on_file(work, person, at, trained=False)
    for curriculum in work.plan.mbr.curricula:
        work.record.site_events.append(
            TrainingRecorded(
                person=person,
                curriculum=curriculum.id,
                valid_from=at - _LONG_AGO,
                valid_until=at - timedelta(days=3),
            )
        )
    return ""


@plants("TRN-VALID", "time_unknown")
def training_at_unknown_time(work: Workbench) -> str:
    """An act without any time in a phase that wants training."""
    entry = work.number(lambda parameter, _: parameter.verification == "none" and parameter.sampling is None)
    placed = next(p for p in work.phases() if p.name == entry.phase)
    if not placed.phase.training:
        work.choose([])
    work.change(entry, performed_at=None, entered_at=None)
    return ""


def _shared(work: Workbench) -> tuple[PhasePerformed, Plan, str]:
    """A run of this lot, an earlier lot, and a phase of that lot that ran in another suite at the same time."""
    day, hour = timedelta(days=1), timedelta(minutes=20)
    runs = work.of(
        PhasePerformed,
        lambda run: (
            known(run.ended_at) - known(run.started_at) < day and run.location == work.plan.suite.name
        ),
    )
    for other in work.earlier_lots(60):
        for phase, (start, end) in other.schedule.phases.items():
            if end - start >= day or other.place(phase).name in {work.plan.suite.name, work.plan.bay.name}:
                continue
            for run in runs:
                if start + hour < known(run.ended_at) and known(run.started_at) + hour < end:
                    return run, other, phase
    work.choose([])
    raise AssertionError


def _performer(other: Plan, phase: str) -> str:
    events = good_record(other).events
    return next(e.performed_by for e in events if isinstance(e, PhasePerformed) and e.phase == phase)


@plants("AUD-TWO-PLACES", "overlap", "TPV-SECOND-PERSON", "TRN-VALID", alone=True)
def in_two_places(work: Workbench) -> str:
    """One person performed two phases of two lots in two suites at once."""
    run, other, phase = _shared(work)
    person = _performer(other, phase)
    work.change(run, performed_by=person)
    work.also_in.append(other.lot)
    return person


@plants("AUD-TWO-PLACES", "same_minute", "TRD-SAMPLING", "LAT-ENTRY", alone=True)
def in_two_places_within_a_minute(work: Workbench) -> str:
    """One person made an entry in one suite and, seconds later, acted in another."""
    culture = work.choose(
        work.of(PhasePerformed, lambda run: known(run.ended_at) - known(run.started_at) > timedelta(hours=30))
    )
    count = work.choose(
        work.of(
            PhasePerformed,
            lambda run: (
                run is not culture
                and known(culture.started_at) < known(run.started_at)
                and known(run.ended_at) < known(culture.ended_at)
            ),
        )
    )
    entry = work.pick(ParameterRecorded, lambda e: e.phase == culture.phase)
    at = known(count.started_at) + timedelta(seconds=25)
    delay = at - known(entry.performed_at)
    work.change(count, performed_by=culture.performed_by, location=f"{work.plan.site.id}-S9")
    for other in work.of(ParameterRecorded, lambda e: e.phase == count.phase):
        work.change(other, performed_by=culture.performed_by)
    work.change(
        entry, performed_at=at, entered_at=known(entry.entered_at) + delay, performed_by=culture.performed_by,
        verified_at=None if entry.verified_at is None else entry.verified_at + delay,
    )  # fmt: skip
    return culture.performed_by
