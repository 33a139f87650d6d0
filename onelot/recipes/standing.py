"""How a version of a document stands, folded from its events, and whether somebody may act on it now. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field, replace

from onelot.kernel.refusals import refuse
from onelot.kernel.said import either, said, word
from onelot.ledger.entry import Entry
from onelot.recipes.events import (
    DocumentApproved,
    DocumentPrepared,
    DocumentRetired,
    DocumentReturned,
    DocumentReviewed,
    DocumentWithdrawn,
)
from onelot.recipes.states import MOVES, USABLE, Act, Move, State

_NOT_NOW = {
    "prepared": word("it waits for its review"), "reviewed": word("it waits for its approval"),
    "approved": word("it is approved"), "returned": word("it was sent back to its author"),
    "withdrawn": word("its author withdrew it"), "retired": word("it was retired"),
    "none": word("nobody has put it forward"),
}  # fmt: skip
_PARTS = {"author": word("its author"), "reviewer": word("its reviewer")}


@dataclass(frozen=True)
class Standing:
    """One version as its events left it."""

    state: State = "none"
    authors: frozenset[str] = field(default=frozenset())
    """Whoever has ever prepared it, by user name in small letters."""
    author: str = ""
    """Who prepared it last."""
    reviewer: str = ""
    approved: DocumentApproved | None = None
    position: int = 0
    """Ledger position of its last event."""

    @property
    def is_usable(self) -> bool:
        """Whether a new review may be recorded with it."""
        return self.state in USABLE


def standing_of(entries: Iterable[Entry]) -> Standing:
    """The standing after a version's entries, which are given in order."""
    found = Standing()
    for entry in entries:
        found = after(found, entry)
    return found


def after(standing: Standing, entry: Entry) -> Standing:
    """The standing after one more entry of the same version; other events leave it as it is."""
    event, who = entry.event, person_of(entry.actor)
    match event:
        case DocumentPrepared():
            authors = standing.authors | {known(who)}
            changed = replace(standing, state="prepared", authors=authors, author=who, reviewer="")
        case DocumentReviewed():
            changed = replace(standing, state="reviewed", reviewer=who)
        case DocumentApproved():
            authors = standing.authors | {known(event.prepared_by)}
            changed = replace(
                standing, state="approved", authors=authors, author=standing.author or event.prepared_by,
                reviewer=standing.reviewer or event.reviewed_by, approved=event,
            )  # fmt: skip
        case DocumentReturned():
            changed = replace(standing, state="returned")
        case DocumentWithdrawn():
            changed = replace(standing, state="withdrawn")
        case DocumentRetired():
            changed = replace(standing, state="retired")
        case _:
            return standing
    return replace(changed, position=entry.position)


def check_move(standing: Standing, act: Act, person: str, where: str) -> Move:
    """The move that the act makes.

    Raises Refused (``recipes.not_now``, ``recipes.same_person``, ``recipes.not_yours``).
    """
    move = MOVES.get((standing.state, act))
    if move is None:
        fitting = [_NOT_NOW[state] for state, does in MOVES if does == act]
        raise refuse(
            "recipes.not_now", "This cannot be done with the version as it stands.", where=where,
            expected=either(fitting), got=_NOT_NOW[standing.state],
        )  # fmt: skip
    barred = {"author": standing.authors, "reviewer": frozenset({known(standing.reviewer)} - {""})}
    for part in move.apart:
        if known(person) in barred[part]:
            raise refuse(
                "recipes.same_person", "Author, reviewer and approver of a version are three different people.",
                where=where, expected=said("somebody else than {part}", part=_PARTS[part]),
                got=said("{person}, {part}", person=person, part=_PARTS[part]),
                hint="Ask a colleague who has the role.",
            )  # fmt: skip
    if move.is_own and known(person) not in standing.authors:
        raise refuse(
            "recipes.not_yours", "Only its author withdraws a version.", where=where,
            expected=standing.author, got=person, hint="A reviewer can send it back.",
        )  # fmt: skip
    return move


def person_of(actor: str) -> str:
    """The user name in an entry's actor."""
    return actor.partition(":")[2]


def known(person: str) -> str:
    """A user name as people are told apart by."""
    return " ".join(person.split()).lower()
