"""The required content of the disposition record, item by item: what is there, and who owes the rest."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Literal

from onelot.disposition.domain.case import SEVERE, Case, RaisedException
from onelot.disposition.domain.results import judged
from onelot.review.verdict import CheckRun

ItemState = Literal["present", "with_exceptions", "pending", "missing", "not_met", "not_applicable"]
"""``with_exceptions``: there, with severe exceptions that people decided on; ``not_met``: not as it must be."""

COMPLIANT = frozenset({"present", "not_applicable"})

CHECKS: Mapping[str, tuple[str, ...]] = {
    "record": ("CMP", "SEQ"),
    "process": ("RNG", "ALR", "HLD", "TRD-SAMPLING", "TRD-UNUSUAL", "TRD-UNUSUAL-MULTI"),
    "identity": ("IDM",),
    "custody": ("CUS",),
    "temperature": ("TRD-SERIES", "TRD-EXCURSION"),
    "materials": ("MAT",),
    "labels": ("REC-LABEL",),
    "yield": ("REC-YIELD", "REC-MATERIAL"),
    "equipment": ("CAL", "ALM"),
    "training": ("TRN", "TPV"),
    "audit_trail": ("AUD", "LAT", "DUP"),
    "documents": ("VER",),
    "results": ("SPC-RESULT", "SPC-REPEAT"),
    "analysis": ("SPC-REPORT",),
}
"""By item: the checks, or kinds of check, of the review that answer for it; a check belongs to one item."""

TITLES: Mapping[str, str] = {
    "review": "Review of the record, signed",
    "exceptions": "Every exception decided",
    "deviations": "Deviations assessed",
    "record": "Executed batch record complete",
    "process": "In-process controls and process parameters",
    "results": "Results within the specification of the market",
    "analysis": "Tests run and reported for the certificate of analysis",
    "identity": "Chain of identity",
    "custody": "Chain of custody",
    "temperature": "Temperatures within limits",
    "materials": "Materials and their genealogy released",
    "labels": "Label reconciliation",
    "yield": "Yields and material balances",
    "equipment": "Equipment calibrated, clean and qualified; alarms handled",
    "training": "Training and second persons",
    "audit_trail": "Review of the audit trail",
    "documents": "Master batch record and policy approved",
}
"""The items that the record itself shows, in the order of the checklist."""


@dataclass(frozen=True)
class Item:
    """One item of the checklist."""

    id: str
    title: str
    state: ItemState
    detail: str = ""
    owes: tuple[str, ...] = ()
    """Roles of whom one must act; empty where nobody owes anything."""
    site: str = ""
    """The site that owes it, where a site does."""
    findings: tuple[str, ...] = ()
    """Keys of the exceptions that it names."""
    is_stated: bool = False
    """Whether people state it."""


def item_of(check: str) -> str:
    """The item for which a check answers; a check that no item names answers for the record."""
    for item, named in CHECKS.items():
        if check in named or (check.partition("-")[0] in named):
            return item
    return "record"


def checklist(case: Case) -> tuple[Item, ...]:
    """Every item, those of the record first, then those that people state."""
    made = {
        "review": _review(case), "exceptions": _exceptions(case), "deviations": _deviations(case),
        "results": _results(case), "materials": _materials(case), "documents": _documents(case),
    }  # fmt: skip
    return (
        *(made[item] if item in made else _checked(case, item) for item in TITLES),
        *(_stated(case, statement.id, statement.title, statement.owes) for statement in case.wanted),
    )


def is_compliant(items: Iterable[Item]) -> bool:
    """Whether nothing needs a justification: every item is there, or does not apply."""
    return all(item.state in COMPLIANT for item in items)


def _review(case: Case) -> Item:
    title, review = TITLES["review"], case.review
    if not review.is_done:
        return Item("review", title, "missing", "The record was not reviewed yet.", owes=("reviewer",))
    if review.is_behind:
        detail = "Records came in after the review: it must be done again."
        return Item("review", title, "missing", detail, owes=("reviewer",))
    if not review.is_signed:
        return Item("review", title, "missing", "Nobody has signed the review.", owes=("reviewer",))
    return Item("review", title, "present", f"Signed by {review.signed_name or review.signed_by}.")


def _exceptions(case: Case) -> Item:
    title = TITLES["exceptions"]
    waiting = [one for one in case.exceptions if one.is_undecided]
    keys = tuple(one.key for one in waiting)
    asked = sum(one.state == "asked" for one in waiting)
    if len(waiting) > asked:
        detail = f"{len(waiting) - asked} without a decision."
        return Item("exceptions", title, "missing", detail, owes=("reviewer", "quality_head"), findings=keys)
    if asked:
        detail = f"{asked} with a question to the site."
        return Item("exceptions", title, "pending", detail, ("site",), case.head.site, keys)
    if not case.review.is_done:
        return Item("exceptions", title, "missing", "The record was not reviewed yet.", owes=("reviewer",))
    by_people = sum(one.state != "by_policy" for one in case.exceptions)
    return Item("exceptions", title, "present", f"{by_people} decided by people.")


def _deviations(case: Case) -> Item:
    title = TITLES["deviations"]
    if not case.deviations:
        return Item("deviations", title, "not_applicable", "No deviation of this lot was reported.")
    unassessed = [one.number for one in case.deviations if one.state == "open"]
    if unassessed:
        detail = f"Not assessed: {', '.join(unassessed)}."
        return Item("deviations", title, "missing", detail, owes=("quality_head", "qp"))
    rejecting = [one.number for one in case.deviations if one.impact == "reject"]
    if rejecting:
        return Item(
            "deviations", title, "not_met", f"Assessed as a reason to reject: {', '.join(rejecting)}."
        )
    not_closed = [one.number for one in case.deviations if one.state != "closed"]
    justified = any(one.impact == "justified" for one in case.deviations)
    detail = f"{len(case.deviations)} assessed" + (
        f", not closed: {', '.join(not_closed)}." if not_closed else "."
    )
    return Item("deviations", title, "with_exceptions" if justified else "present", detail)


def _results(case: Case) -> Item:
    title = TITLES["results"]
    criteria = judged(case)
    if not criteria:
        detail = f"The specification has no criteria for market {case.head.market or '(none)'}."
        return Item("results", title, "missing", detail, owes=("quality_head",))
    by_met: dict[str, list[str]] = {}
    for one in criteria:
        by_met.setdefault(one.met, []).append(one.title)
    keys = tuple(one.key for one in case.exceptions if item_of(one.check) == "results")
    if failed := by_met.get("not_met"):
        return Item("results", title, "not_met", f"Not met: {', '.join(failed)}.", findings=keys)
    if unknown := by_met.get("unknown"):
        return Item(
            "results",
            title,
            "missing",
            f"Not judged: {', '.join(unknown)}.",
            owes=("reviewer",),
            findings=keys,
        )
    if waiting := by_met.get("waiting"):
        detail = f"No result yet that this market accepts: {', '.join(waiting)}."
        return Item("results", title, "missing", detail, ("site",), case.head.site, keys)
    if so_far := by_met.get("met_so_far"):
        detail = f"Final result to come: {', '.join(so_far)}."
        return Item("results", title, "pending", detail, ("site",), case.head.site, keys)
    return _checked(case, "results")


def _materials(case: Case) -> Item:
    genealogy = case.basis.genealogy if case.basis else "full"
    looked_at = [one for one in case.materials if genealogy == "full" or one.changed_since_review]
    if genealogy != "not":
        wrong = [one for one in looked_at if one.status != "released"]
        if wrong:
            named = ", ".join(f"{one.material} {one.material_lot} is {one.status} now" for one in wrong)
            state: ItemState = "missing" if all(one.status == "unknown" for one in wrong) else "not_met"
            return Item(
                "materials",
                TITLES["materials"],
                state,
                f"{named}.",
                owes=("quality_head",),
                site=case.head.site,
            )
    item = _checked(case, "materials")
    said = {
        "full": f"{len(looked_at)} lots of material looked up again.",
        "by_exception": f"{len(looked_at)} of {len(case.materials)} lots of material changed status since the review.",
        "not": "Lots of material are not looked up again.",
    }[genealogy]
    return Item(
        item.id, item.title, item.state, f"{item.detail} {said}".strip(), item.owes, item.site, item.findings
    )


def _documents(case: Case) -> Item:
    if case.review.is_done and not case.documents_approved:
        detail = "The master batch record or the policy of the review was not approved."
        return Item("documents", TITLES["documents"], "missing", detail, owes=("quality_head",))
    item = _checked(case, "documents")
    return Item(
        item.id,
        item.title,
        item.state,
        f"{case.documents} {item.detail}".strip(),
        item.owes,
        "",
        item.findings,
    )


def _checked(case: Case, item: str) -> Item:
    """An item for which checks of the review answer. That a check did not run is never read as a pass."""
    title = TITLES[item]
    if case.verdict is None:
        return Item(item, title, "missing", "There is no review to go by.", owes=("reviewer",))
    runs = [run for run in case.verdict.checks if item_of(run.check) == item]
    own = [one for one in case.exceptions if _is_about(one, item)]
    keys = tuple(one.key for one in own if one.state != "by_policy")
    if any(one.is_undecided for one in own):
        waiting = sum(one.is_undecided for one in own)
        return Item(item, title, "missing", f"{_count(waiting)} without a decision.", ("reviewer",), "", keys)
    severe = [one for one in own if one.severity in SEVERE and one.state in ("accepted", "deviation")]
    if severe:
        return Item(
            item, title, "with_exceptions", f"{_count(len(severe), 'severe ')} decided on.", findings=keys
        )
    if runs and all(run.status in ("left_out", "nothing_to_check") for run in runs):
        return Item(item, title, "not_applicable", _why(runs), findings=keys)
    ran = sum(run.status == "ran" for run in runs)
    detail = f"{ran} of {len(runs)} checks ran" + (f", {_count(len(keys))} decided." if keys else ".")
    return Item(item, title, "present" if ran else "missing", detail, () if ran else ("reviewer",), "", keys)


def _count(number: int, kind: str = "") -> str:
    return f"{number} {kind}exception{'' if number == 1 else 's'}"


def _is_about(one: RaisedException, item: str) -> bool:
    """An exception says of which check it is; that a check could not run is said of the check in ``subject``."""
    return item_of(one.subject if one.variant == "could_not_run" else one.check) == item


def _why(runs: list[CheckRun]) -> str:
    return "; ".join(dict.fromkeys(f"{run.why[:1].upper()}{run.why[1:]}" for run in runs if run.why)) + "."


def _stated(case: Case, item: str, title: str, owes: tuple[str, ...]) -> Item:
    said = (case.stated or {}).get(item)
    if said is None:
        return Item(item, title, "missing", "Nobody has stated it.", owes=owes, is_stated=True)
    state: ItemState = "not_applicable" if said.state == "not_applicable" else "present"
    return Item(item, title, state, f"{said.person}: {said.reason}", is_stated=True)
