"""The part of a dossier on review by exception: what the review found, and what people decided on it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from django.utils.translation import gettext, gettext_lazy

from onelot.deviations.events import DeviationAssessed, DeviationClosed, DeviationOpened
from onelot.disposition.dossier.blocks import Block, facts, heading, notice, paragraph, table
from onelot.disposition.dossier.content import Content
from onelot.disposition.dossier.words import in_utc, title, told, versioned
from onelot.kernel.events import Event
from onelot.ledger.entry import Entry
from onelot.review.desk.events import DecisionWithdrawn, FindingDecided
from onelot.review.desk.keys import finding_key
from onelot.review.events import FindingRaised, LotReviewed

_SIGNS = {
    "critical": gettext_lazy("◆ critical"), "major": gettext_lazy("▲ major"), "minor": gettext_lazy("○ minor"),
    "information": gettext_lazy("information"),
}  # fmt: skip
_SEVERITIES = {
    "critical": gettext_lazy("critical"), "major": gettext_lazy("major"), "minor": gettext_lazy("minor"),
    "information": gettext_lazy("information"),
}  # fmt: skip


def raised(content: Content) -> list[tuple[Entry, FindingRaised]]:
    """The exceptions of the last review, in the order in which they are numbered X1, X2 ..."""
    last = content.last(LotReviewed)
    if last is None:
        return []
    found = content.events(FindingRaised, standing=False)
    return [(entry, event) for entry, event in found if event.review == last[1].review]


def numbers(content: Content) -> dict[int, int]:
    """By position of an entry that proves it: the number of the first exception about it."""
    found: dict[int, int] = {}
    for number, (_, event) in enumerate(raised(content), 1):
        for position in event.evidence:
            found.setdefault(position, number)
    return found


def summary(content: Content) -> str:
    """One line on the review: how many exceptions, and how many of them nobody has decided on."""
    if content.last(LotReviewed) is None:
        return gettext("not reviewed")
    found = raised(content)
    if not found:
        return gettext("no exception")
    waiting = sum(
        1 for _, event in found if event.state == "open" and not _decided(content, finding_key(event))
    )
    counts = [
        f"{number} {_SEVERITIES[severity]}"
        for severity in _SIGNS
        if (number := sum(1 for _, event in found if event.severity == severity))
    ]
    return gettext("%(counts)s; %(waiting)s without a decision") % {
        "counts": ", ".join(counts),
        "waiting": waiting,
    }


def _decided(content: Content, key: str) -> bool:
    """Whether the last decision on an exception stands."""
    acts = [
        event for _, event in _acts(content, key) if isinstance(event, FindingDecided | DecisionWithdrawn)
    ]
    return bool(acts) and isinstance(acts[-1], FindingDecided)


def review(content: Content) -> Iterator[Block]:
    """The review, its exceptions with every human act on them, deviations, and each check that ran."""
    yield heading(gettext("Review by exception"))
    last = content.last(LotReviewed)
    if last is None:
        yield notice(gettext("The record of this lot was not reviewed up to this position."), "bad")
        return
    entry, reviewed = last
    found = raised(content)
    yield facts([
        (gettext("Reviewed"), in_utc(entry.occurred_at)), (gettext("Engine"), reviewed.engine),
        (gettext("Master batch record"), versioned(reviewed.mbr, reviewed.mbr_version)),
        (gettext("Review policy"), versioned(reviewed.policy, reviewed.policy_version)),
        (gettext("Read the ledger up to"), gettext("entry %(position)s, root %(root)s")
         % {"position": reviewed.through_position, "root": reviewed.checkpoint}),
        (gettext("Data points"), str(content.verdict.data_points) if content.verdict else ""),
        (gettext("Covered by rules"), _coverage(content)), (gettext("Exceptions"), str(len(found))),
        (gettext("Ledger entry"), str(entry.position)),
    ])  # fmt: skip
    if not found:
        yield notice(gettext("The review raised no exception."), "good")
    for number, (raised_entry, event) in enumerate(found, 1):
        yield from _exception(content, number, raised_entry, event)
    yield from _others(content)
    yield from _checks(content)


def _coverage(content: Content) -> str:
    if content.verdict is None:
        return ""
    coverage = content.verdict.coverage
    said = gettext("%(covered)s of %(items)s kinds of items") % {
        "covered": coverage.covered,
        "items": coverage.items,
    }
    if coverage.uncovered:
        said += gettext("; no rule looks at %(items)s") % {"items": ", ".join(coverage.uncovered)}
    return said


def _exception(content: Content, number: int, entry: Entry, event: FindingRaised) -> Iterator[Block]:
    yield heading(f"X{number} {_SIGNS[event.severity]}: {event.subject}", 2)
    yield facts([
        (gettext("Exception"), event.sentence), (gettext("Expected"), event.expected),
        (gettext("Observed"), event.observed),
        (gettext("Check, clause"), f"{event.check}, {event.clause}"),
        (gettext("Proved by"),
         ", ".join(gettext("entry %(position)s") % {"position": position} for position in event.evidence)
         or gettext("no single entry")),
        *([(gettext("Accepted by policy"), event.accepted_because)] if event.accepted_because else []),
        (gettext("Ledger entry"), str(entry.position)),
    ])  # fmt: skip
    key = finding_key(event)
    acts = [*_acts(content, key)]
    if acts:
        yield _conversation(acts)
    if event.state == "open" and not _decided(content, key):
        yield notice(gettext("Nobody decided on this exception up to this position."), "bad")


def _acts(content: Content, key: str) -> Iterator[tuple[Entry, Event]]:
    for stored in content.entries:
        event = stored.entry.event
        if getattr(event, "finding", "") == key:
            yield stored.entry, event


def _conversation(acts: Sequence[tuple[Entry, Event]]) -> Block:
    columns = (
        (gettext("Entry"), 16),
        (gettext("What"), 28),
        (gettext("Content and reason"), 66),
        (gettext("By"), 30),
        (gettext("When"), 34),
    )
    return table(columns, [
        (str(entry.position), title(event),
         "\n".join(filter(None, (told(event, ("lot", "finding", "question")), entry.reason))),
         entry.actor.removeprefix("person:"), in_utc(entry.occurred_at))
        for entry, event in acts
    ])  # fmt: skip


def _others(content: Content) -> Iterator[Block]:
    """Deviations, and what people did about the lot as a whole, in events of the review."""
    deviations = (DeviationOpened, DeviationAssessed, DeviationClosed)
    rows = [
        (stored.entry, stored.entry.event)
        for stored in content.entries
        if isinstance(stored.entry.event, deviations)
    ]
    yield heading(gettext("Deviations"), 2)
    if rows:
        yield _conversation(rows)
    else:
        yield paragraph(gettext("No deviation of this lot was recorded up to this position."))
    whole = [
        (stored.entry, stored.entry.event) for stored in content.entries
        if stored.own and stored.entry.event.event_name().startswith("review.")
        and not isinstance(stored.entry.event, LotReviewed | FindingRaised)
        and not getattr(stored.entry.event, "finding", "")
    ]  # fmt: skip
    if whole:
        yield heading(gettext("The lot as a whole"), 2)
        yield _conversation(whole)


def _checks(content: Content) -> Iterator[Block]:
    yield heading(gettext("What each check did"), 2)
    if content.verdict is None:
        yield notice(gettext("The verdict of the review is not at hand."), "bad")
        return
    columns = (
        (gettext("Check"), 45),
        (gettext("Status"), 40),
        (gettext("Rows read"), 24),
        (gettext("Exceptions"), 24),
        (gettext("Why"), 41),
    )
    yield table(columns, [
        (run.check, run.status.replace("_", " "), str(sum(run.inputs.values())), str(run.findings), run.why or "–")
        for run in content.verdict.checks
    ])  # fmt: skip
