"""Events in words: what happened, when, by whom. Pure; an event that has no words of its own is told by its name."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Any, Literal, get_origin, get_type_hints

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from onelot.kernel.events import Event
from onelot.kernel.said import word
from onelot.ledger.entry import Entry
from onelot.recipes.documents.titles import EVENTS as DOCUMENTS
from onelot.recipes.events import EVENTS as DOCUMENT_EVENTS
from onelot.registry.wording import in_words
from onelot.review.sentences import again

_WHEN = (
    "performed_at", "started_at", "used_at", "used_from", "read_at", "released_at", "changed_at", "reported_at",
    "tested_at", "raised_at", "reconciled_at", "opened_at", "completed_at", "written_at", "superseded_at",
    "issued_at", "approved_at",
)  # fmt: skip
"""Fields that say when a thing happened, the first that is filled counts."""
_WHO = (
    "performed_by", "changed_by", "read_by", "released_by", "reconciled_by", "analyst", "acknowledged_by", "written_by",
    "approved_by",
)  # fmt: skip
_UNTOLD = frozenset(
    (
        *_WHEN, *_WHO, "lot", "review", "signature", "finding", "question", "document", "content", "verdict",
        "checkpoint", "mbr_digest", "policy_digest", "baseline_digest", "evidence", "points", "differences", "refusals",
        "verified_by", "verified_at", "verification", "entered_at", "reported_at", "reviewed_by", "reviewed_at",
        "time_zone", "factors", "mapping", "series_id", "by_document", "supersedes", "adapter_version", "lots",
    )
)  # fmt: skip
_LONGEST = 240

KIND_TITLES: dict[str, Any] = {
    "execution.lot_opened.v1": gettext_lazy("Lot opened"),
    "execution.lot_completed.v1": gettext_lazy("Record completed"),
    "execution.phase_performed.v1": gettext_lazy("Phase performed"),
    "execution.parameter_recorded.v1": gettext_lazy("Entry recorded"),
    "execution.entry_changed.v1": gettext_lazy("Entry changed"),
    "execution.material_used.v1": gettext_lazy("Material used"),
    "execution.equipment_used.v1": gettext_lazy("Equipment used"),
    "execution.series_recorded.v1": gettext_lazy("Time series recorded"),
    "execution.alarm_raised.v1": gettext_lazy("Alarm"),
    "execution.result_reported.v1": gettext_lazy("Test result reported"),
    "execution.comment_recorded.v1": gettext_lazy("Comment in the record"),
    "identity.identifier_read.v1": gettext_lazy("Identifier read"),
    "identity.labels_reconciled.v1": gettext_lazy("Labels reconciled"),
    "custody.handed_over.v1": gettext_lazy("Handed over"),
    "intake.document_received.v1": gettext_lazy("Document received"),
    "intake.document_superseded.v1": gettext_lazy("Document corrected"),
    "intake.content_unmapped.v1": gettext_lazy("Content without a meaning here"),
    "supply.material_lot_status_changed.v1": gettext_lazy("Status of a material lot"),
    "review.lot_reviewed.v1": gettext_lazy("Reviewed by the machine"),
    "review.finding_raised.v1": gettext_lazy("Exception raised"),
    "review.finding_decided.v1": gettext_lazy("Exception decided"),
    "review.decision_withdrawn.v1": gettext_lazy("Decision withdrawn"),
    "review.question_asked.v1": gettext_lazy("Question to the site"),
    "review.question_answered.v1": gettext_lazy("Site answered"),
    "review.finding_assigned.v1": gettext_lazy("Assigned"),
    "review.comment_made.v1": gettext_lazy("Comment"),
    "review.review_signed.v1": gettext_lazy("Review signed"),
    "review.infusion_planned.v1": gettext_lazy("Infusion planned"),
    "registry.signature_made.v1": gettext_lazy("Electronic signature"),
    "registry.signature_refused.v1": gettext_lazy("Signature refused"),
    "deviations.opened.v1": gettext_lazy("Deviation opened"),
    "deviations.assessed.v1": gettext_lazy("Deviation assessed"),
    "deviations.closed.v1": gettext_lazy("Deviation closed"),
    "disposition.lot_disposed.v1": gettext_lazy("Disposition decided"),
    "disposition.item_stated.v1": gettext_lazy("Checklist item stated"),
    "disposition.certificate_issued.v1": gettext_lazy("Certificate issued"),
    "registry.equipment_status_recorded.v1": gettext_lazy("Status of equipment"),
    "registry.training_recorded.v1": gettext_lazy("Training"),
    "registry.account_changed.v1": gettext_lazy("Account"),
    **DOCUMENTS,
}
"""Kinds of events in words, by name of the event: the one set of words for them on every page."""


@dataclass(frozen=True)
class Happening:
    """One line of a lot's life."""

    position: int
    title: str
    text: str
    happened_at: datetime
    recorded_at: datetime
    who: str
    reason: str
    document: str
    """Digest of the original; empty: stated in onelot."""


def told(entry: Entry) -> Happening:
    """An entry as a line of the timeline."""
    event = entry.event
    return Happening(
        entry.position, title_of(event), text_of(event), happened_at(entry), entry.recorded_at, who(entry),
        entry.reason, entry.source.document if entry.source else "",
    )  # fmt: skip


def title_of(event: Event) -> str:
    """What kind of thing happened."""
    known = KIND_TITLES.get(type(event).event_name())
    return (
        str(known)
        if known
        else in_words(word(type(event).event_name().split(".")[1].replace("_", " ").capitalize()))
    )


def happened_at(entry: Entry) -> datetime:
    """When it happened as the record says; where it says nothing, when it was stated."""
    event = entry.event
    for name in _WHEN:
        found = getattr(event, name, None)
        if isinstance(found, datetime):
            return found
    points = getattr(event, "points", ())
    return points[0].at if points else entry.occurred_at


def who(entry: Entry) -> str:
    """Who did it as the record says; else who stated it."""
    named = next((value for name in _WHO if (value := getattr(entry.event, name, ""))), "")
    return str(named) or entry.actor.partition(":")[2]


def text_of(event: Event) -> str:
    """What the event says, in one line of bearable length."""
    teller = _TELLERS.get(type(event).__name__)
    text = teller(event) if teller else _fields(event)
    return text if len(text) <= _LONGEST else text[: _LONGEST - 1] + "…"


def value_of(event: Any) -> str:
    """A recorded value or result with its unit, or why there is none."""
    value = "; ".join(event.values) if event.values else event.value
    if not value:
        return in_words(word(str(event.status).replace("_", " ")))
    return f"{value} {event.unit}" if event.unit not in ("", "1") else value


@cache
def _listed(event: type[Event]) -> frozenset[str]:
    """Fields that hold a word out of a list, which has a translation; all others hold what somebody wrote."""
    return frozenset(name for name, hint in get_type_hints(event).items() if get_origin(hint) is Literal)


def _fields(event: Event) -> str:
    said = []
    for name in type(event).__struct_fields__:
        value = getattr(event, name)
        if name in _UNTOLD or value in ("", None, (), 1):
            continue
        shown = value.isoformat(sep=" ", timespec="minutes") if isinstance(value, datetime) else value
        if isinstance(shown, tuple):
            shown = "; ".join(map(str, shown))
        if name in _listed(type(event)):
            shown = in_words(word(str(shown).replace("_", " ")))
        said.append(f"{in_words(word(name.replace('_', ' ')))} {shown}")
    return ", ".join(said)


def _parameter(event: Any) -> str:
    return f"{event.phase}/{event.parameter}: {value_of(event)}"


def _series(event: Any) -> str:
    return _("%(series)s: %(count)s readings") % {"series": event.series, "count": len(event.points)}


def _document(event: Any) -> str:
    return _("%(name)s, %(facts)s facts") % {"name": event.name, "facts": event.facts}


def _changed(event: Any) -> str:
    return f"{event.subject} ({event.field}): {event.before or '–'} → {event.after or '–'}"


def _corrected(event: Any) -> str:
    return "; ".join(
        f"{d.subject} ({d.field}): {d.before or '–'} → {d.after or '–'}" for d in event.differences[:5]
    )


def _reviewed(event: Any) -> str:
    return _(
        "%(engine)s, %(mbr)s version %(mbr_version)s, policy %(policy)s version %(policy_version)s, "
        "%(count)s exceptions"
    ) % {
        "engine": event.engine, "mbr": event.mbr, "mbr_version": event.mbr_version, "policy": event.policy,
        "policy_version": event.policy_version, "count": event.findings,
    }  # fmt: skip


def _of_document(event: Any) -> str:
    return _("%(document)s version %(version)s, content %(digest)s…") % {
        "document": event.id, "version": event.version, "digest": event.digest[:12],
    }  # fmt: skip


_TELLERS: dict[str, Callable[[Any], str]] = {
    "ParameterRecorded": _parameter,
    "ResultReported": lambda event: f"{event.test}: {value_of(event)}",
    "SeriesRecorded": _series,
    "DocumentReceived": _document,
    "DocumentSuperseded": _corrected,
    "EntryChanged": _changed,
    "LotReviewed": _reviewed,
    **{event.__name__: _of_document for event in DOCUMENT_EVENTS},
    "FindingRaised": lambda event: in_words(
        again(
            event.check,
            event.variant,
            event.sentence,
            subject=event.subject,
            expected=event.expected,
            observed=event.observed,
        )
    ),
    "QuestionAsked": lambda event: event.text,
    "QuestionAnswered": lambda event: event.text,
    "CommentMade": lambda event: event.text,
    "SignatureMade": lambda event: f"{event.name}, {event.meaning}",
}
