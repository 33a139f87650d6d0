"""What the pages of a disposition take from a request, and make for a template."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal, cast

from django.core.files.uploadedfile import UploadedFile
from django.http import HttpRequest
from django.utils.functional import Promise
from django.utils.translation import gettext as _

from onelot.disposition import titles
from onelot.disposition.domain.case import Case
from onelot.disposition.domain.certificates import Given
from onelot.disposition.domain.checklist import Item
from onelot.disposition.domain.rules import Blocker, blockers
from onelot.disposition.events import DecisionCode
from onelot.disposition.queries import LANES, SORTS, WantedLots
from onelot.disposition.service import (
    MAX_FILE,
    TEXTS,
    Disposing,
    StatedFile,
    actions_for,
    is_decision,
    meaning_of,
    missing_fields,
)
from onelot.disposition.states import DECISIONS, MOVES, RELEASING
from onelot.kernel.refusals import refuse
from onelot.registry.permissions import ALLOWED

_ITEM = "item-"


@dataclass(frozen=True)
class Field:
    """One text that a decision wants or may have."""

    name: str
    title: str | Promise
    is_wanted: bool
    text: str


@dataclass(frozen=True)
class Option:
    """One decision that may follow the state the lot is in."""

    decision: DecisionCode
    title: str | Promise
    explained: str | Promise
    meaning: str
    signs: str | Promise
    """What the button says."""
    is_theirs: bool
    """Whether it is a decision of the person's."""
    whose: str
    """Roles of which one decides so."""
    blockers: tuple[Blocker, ...]
    fields: tuple[Field, ...]
    is_open: bool
    """Whether its form is unfolded."""
    is_release: bool


def options(disposing: Disposing, case: Case, entered: Given | None) -> list[Option]:
    """Every decision that may be next, those that nothing stops first; the first of these is unfolded."""
    found = []
    for decision in DECISIONS:
        if decision in MOVES[case.state]:
            stops = blockers(case, decision, disposing.actor.person)
            found.append((bool(stops), decision, stops))
    ordered = sorted(found, key=lambda one: one[0])
    theirs = [one[1] for one in ordered if not one[0] and disposing.may_decide(case, one[1])]
    unfolded = entered.decision if entered else next((one for one in theirs if one in RELEASING), None)
    return [
        _option(disposing, case, decision, stops, entered, is_open=decision == unfolded)
        for _stopped, decision, stops in ordered
    ]


def _option(
    disposing: Disposing, case: Case, decision: DecisionCode, stops: tuple[Blocker, ...], entered: Given | None,
    *, is_open: bool,
) -> Option:  # fmt: skip
    mine = entered if entered and entered.decision == decision else Given(decision, "")
    wants = missing_fields(case, Given(decision, ""))
    shown = [field for field in TEXTS if field == "reason" or field in wants]
    return Option(
        decision=decision, title=titles.DECISIONS[decision], explained=titles.EXPLAINED[decision],
        meaning=meaning_of(case, decision), signs=titles.SIGNS[meaning_of(case, decision)],
        is_theirs=disposing.may_decide(case, decision), whose=_whose(case, decision),
        blockers=stops, is_open=is_open, is_release=decision in RELEASING,
        fields=tuple(Field(one, titles.FIELDS[one], one in wants, getattr(mine, one)) for one in shown),
    )  # fmt: skip


def _whose(case: Case, decision: DecisionCode) -> str:
    roles = sorted({role for action in actions_for(case, decision) for role in ALLOWED[action]})
    return str(_(" or ")).join(str(titles.ROLES.get(role, role)) for role in roles)


def given(request: HttpRequest) -> Given:
    """The decision as it was entered. Raises Refused (``disposition.form``)."""
    decision = request.POST.get("decision", "")
    if not is_decision(decision):
        raise refuse("disposition.form", "There is no such decision.", where="decision", got=decision[:40])
    texts = {field: request.POST.get(field, "") for field in TEXTS}
    return Given(cast("DecisionCode", decision), **texts)


def stated(request: HttpRequest) -> dict[str, Literal["present", "not_applicable", "withdrawn"]]:
    """The items that were chosen, with what is said of them. Raises Refused (``disposition.form``)."""
    found: dict[str, Literal["present", "not_applicable", "withdrawn"]] = {}
    for name, value in request.POST.items():
        if not name.startswith(_ITEM) or not value:
            continue
        if value not in ("present", "not_applicable", "withdrawn"):
            raise refuse("disposition.form", "An item cannot be that.", where=name[:80], got=str(value)[:40])
        found[name.removeprefix(_ITEM)] = cast('Literal["present", "not_applicable", "withdrawn"]', value)
    return found


def stated_file(request: HttpRequest) -> StatedFile | None:
    """The file that was given with a statement, read up to what may be kept."""
    given_file = request.FILES.get("file")
    if given_file is None or not isinstance(given_file, UploadedFile):
        return None
    return StatedFile(given_file.name or "", given_file.read(MAX_FILE + 1))


def seen(request: HttpRequest) -> int:
    """The ledger position at which the page that was acted on was read. Raises Refused (``disposition.form``)."""
    text = request.POST.get("seen", "")
    if not (text.isascii() and text.isdigit() and len(text) < 19):
        raise refuse(
            "disposition.form",
            "The form is not whole.",
            where="seen",
            expected="a ledger position",
            got=text[:40],
        )
    return int(text)


def wanted(request: HttpRequest) -> WantedLots:
    """What the address asks the list for; what is not known is as if not asked."""
    asked = request.GET
    return WantedLots(
        lane=asked["lane"] if asked.get("lane") in LANES else "ready",
        sort=asked["sort"] if asked.get("sort") in SORTS else "urgency",
        site=asked.get("site", "")[:64], product=asked.get("product", "")[:64], market=asked.get("market", "")[:8],
        text=asked.get("text", "").strip()[:120],
    )  # fmt: skip


@dataclass(frozen=True)
class Row:
    """One item of the checklist as the page shows it."""

    item: Item
    state: str | Promise
    owes: str
    may_state: bool
    chosen: str
    """What was chosen in a form that was refused."""


def rows(
    items: tuple[Item, ...], roles: set[str], owes: Mapping[str, tuple[str, ...]], chosen: Mapping[str, str]
) -> list[Row]:
    """The checklist for a template."""
    return [
        Row(
            item=item, state=titles.ITEM_STATES[item.state],
            owes=_(" or ").join(str(titles.ROLES.get(role, role)) for role in item.owes)
            + (f" {item.site}" if item.site else ""),
            may_state=item.is_stated and bool(roles & {*owes.get(item.id, ())}), chosen=chosen.get(item.id, ""),
        )
        for item in items
    ]  # fmt: skip
