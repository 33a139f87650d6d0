"""What the page of one version shows."""

from __future__ import annotations

from typing import Any

from django.core.paginator import Paginator

from onelot.kernel.refusals import Refused
from onelot.ledger.query import Query
from onelot.recipes.approval import Identified, standing_in
from onelot.recipes.documents import titles
from onelot.recipes.documents.changes import Changes, changes_of, readable
from onelot.recipes.documents.models import Version
from onelot.recipes.documents.queries import last_act, place_of
from onelot.recipes.events import EVENTS
from onelot.recipes.outline import outline
from onelot.recipes.standing import check_move, person_of
from onelot.recipes.states import MOVES, Act, acts_from
from onelot.registry.requests import PersonRequest
from onelot.registry.signatures import checked_signatures

LINES_A_PAGE = 1000


def version_context(person: PersonRequest, version: Version, page: str | None) -> dict[str, Any]:
    """Everything but what a form was sent with."""
    document = readable(person.evidence, version)
    signatures = checked_signatures(person.ledger, person.evidence, f"digest:{version.digest}")
    may, barred = acts_open_to(person, version)
    return {
        "version": version, "document": document, "state_title": titles.STATES[version.state],
        "owed_title": titles.OWED.get(version.owed_by, ""), "kind_title": titles.KINDS[version.kind],
        "changes": _changes(person, document), "directions": titles.DIRECTIONS, "marks": titles.MARKS,
        "outline": "\n".join(outline(document.content)) if document else "",
        "source": Paginator(source_lines(person, version), LINES_A_PAGE).get_page(page),
        "is_source_open": page is not None, "signatures": signatures,
        "is_signed_elsewhere": version.approval is not None and not signatures,
        "trail": _trail(person, version), "seen": last_act(version.kind, version.document_id),
        "may": may, "barred": barred, "may_open_lots": person.actor.may("lot.open"),
    }  # fmt: skip


def acts_open_to(person: PersonRequest, version: Version) -> tuple[set[Act], str]:
    """The acts that the person may do now; and, where only their own part in the version bars them, why."""
    standing = standing_in(person.ledger, version.digest)
    may: set[Act] = set()
    barred = ""
    for act in acts_from(standing.state):
        if not person.actor.may(MOVES[standing.state, act].action, place_of(version)):
            continue
        try:
            check_move(standing, act, person.actor.person, version.name)
        except Refused as refused:
            if refused.refusals[0].code == "recipes.same_person":
                barred = "author" if person.actor.person in standing.authors else "reviewer"
        else:
            may.add(act)
    return may, barred


def source_lines(person: PersonRequest, version: Version) -> list[tuple[int, str]]:
    """The file's lines with their numbers; none where it is not kept."""
    try:
        text = person.evidence.get(version.file).decode("utf-8-sig", "replace")
    except Refused:
        return []
    return list(enumerate(text.replace("\r\n", "\n").removesuffix("\n").split("\n"), 1))


def _changes(person: PersonRequest, document: Identified | None) -> Changes | None:
    """None where it cannot be said what changes, since a file is not kept."""
    if document is None:
        return None
    try:
        return changes_of(person.evidence, document)
    except Refused:
        return None


def _trail(person: PersonRequest, version: Version) -> list[dict[str, Any]]:
    """Every act on the version, in order."""
    entries = person.ledger.read(Query(tags=(f"digest:{version.digest}",), types=EVENTS))
    return [
        {
            "position": entry.position, "title": titles.EVENTS[type(entry.event).event_name()],
            "who": person_of(entry.actor), "at": entry.occurred_at, "recorded_at": entry.recorded_at,
            "reason": entry.reason,
        }
        for entry in entries
    ]  # fmt: skip
