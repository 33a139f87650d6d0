"""The required content of the disposition record, item by item: what is there, and who owes the rest."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Literal

from onelot.disposition.domain.case import SEVERE, Case, RaisedException
from onelot.disposition.domain.results import judged
from onelot.kernel.said import Said, counted, joined, said, word
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
    document: str = ""
    """SHA-256 of the file that was given with the statement."""
    document_name: str = ""


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
    return Item(
        "review", title, "present", said("Signed by {person}.", person=review.signed_name or review.signed_by)
    )


def _exceptions(case: Case) -> Item:
    title = TITLES["exceptions"]
    waiting = [one for one in case.exceptions if one.is_undecided]
    keys = tuple(one.key for one in waiting)
    asked = sum(one.state == "asked" for one in waiting)
    if len(waiting) > asked:
        detail = said("{count} without a decision.", count=len(waiting) - asked)
        return Item("exceptions", title, "missing", detail, owes=("reviewer", "quality_head"), findings=keys)
    if asked:
        detail = said("{count} with a question to the site.", count=asked)
        return Item("exceptions", title, "pending", detail, ("site",), case.head.site, keys)
    if not case.review.is_done:
        return Item("exceptions", title, "missing", "The record was not reviewed yet.", owes=("reviewer",))
    by_people = sum(one.state != "by_policy" for one in case.exceptions)
    return Item("exceptions", title, "present", said("{count} decided by people.", count=by_people))


def _deviations(case: Case) -> Item:
    title = TITLES["deviations"]
    if not case.deviations:
        return Item("deviations", title, "not_applicable", "No deviation of this lot was reported.")
    unassessed = [one.number for one in case.deviations if one.state == "open"]
    if unassessed:
        detail = said("Not assessed: {numbers}.", numbers=", ".join(unassessed))
        return Item("deviations", title, "missing", detail, owes=("quality_head", "qp"))
    rejecting = [one.number for one in case.deviations if one.impact == "reject"]
    if rejecting:
        return Item(
            "deviations",
            title,
            "not_met",
            said("Assessed as a reason to reject: {numbers}.", numbers=", ".join(rejecting)),
        )
    not_closed = [one.number for one in case.deviations if one.state != "closed"]
    justified = any(one.impact == "justified" for one in case.deviations)
    detail = (
        said(
            "{count} assessed, not closed: {numbers}.",
            count=len(case.deviations),
            numbers=", ".join(not_closed),
        )
        if not_closed
        else said("{count} assessed.", count=len(case.deviations))
    )
    return Item("deviations", title, "with_exceptions" if justified else "present", detail)


def _results(case: Case) -> Item:
    title = TITLES["results"]
    criteria = judged(case)
    if not criteria:
        detail = said(
            "The specification has no criteria for market {market}.",
            market=case.head.market or said("(none)"),
        )
        return Item("results", title, "missing", detail, owes=("quality_head",))
    by_met: dict[str, list[str]] = {}
    for one in criteria:
        by_met.setdefault(one.met, []).append(one.title)
    keys = tuple(one.key for one in case.exceptions if item_of(one.check) == "results")
    if failed := by_met.get("not_met"):
        return Item(
            "results", title, "not_met", said("Not met: {tests}.", tests=", ".join(failed)), findings=keys
        )
    if unknown := by_met.get("unknown"):
        return Item(
            "results",
            title,
            "missing",
            said("Not judged: {tests}.", tests=", ".join(unknown)),
            owes=("reviewer",),
            findings=keys,
        )
    if waiting := by_met.get("waiting"):
        detail = said("No result yet that this market accepts: {tests}.", tests=", ".join(waiting))
        return Item("results", title, "missing", detail, ("site",), case.head.site, keys)
    if so_far := by_met.get("met_so_far"):
        detail = said("Final result to come: {tests}.", tests=", ".join(so_far))
        return Item("results", title, "pending", detail, ("site",), case.head.site, keys)
    return _checked(case, "results")


def _materials(case: Case) -> Item:
    genealogy = case.basis.genealogy if case.basis else "full"
    looked_at = [one for one in case.materials if genealogy == "full" or one.changed_since_review]
    if genealogy != "not":
        wrong = [one for one in looked_at if one.status != "released"]
        if wrong:
            named = joined(
                ", ",
                (
                    said(
                        "{material} {lot} is {status} now", material=one.material, lot=one.material_lot,
                        status=word(one.status),
                    )
                    for one in wrong
                ),
            )  # fmt: skip
            state: ItemState = "missing" if all(one.status == "unknown" for one in wrong) else "not_met"
            return Item(
                "materials",
                TITLES["materials"],
                state,
                said("{named}.", named=named),
                owes=("quality_head",),
                site=case.head.site,
            )
    item = _checked(case, "materials")
    looked = {
        "full": said("{count} lots of material looked up again.", count=len(looked_at)),
        "by_exception": said(
            "{count} of {all} lots of material changed status since the review.",
            count=len(looked_at), all=len(case.materials),
        ),
        "not": said("Lots of material are not looked up again."),
    }[genealogy]  # fmt: skip
    return Item(
        item.id, item.title, item.state, _both(item.detail, looked), item.owes, item.site, item.findings
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
        _both(case.documents, item.detail),
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
        return Item(
            item,
            title,
            "missing",
            said("{exceptions} without a decision.", exceptions=_count(waiting)),
            ("reviewer",),
            "",
            keys,
        )
    severe = [one for one in own if one.severity in SEVERE and one.state in ("accepted", "deviation")]
    if severe:
        return Item(item, title, "with_exceptions", _severe(len(severe)), findings=keys)
    if runs and all(run.status in ("left_out", "nothing_to_check") for run in runs):
        return Item(item, title, "not_applicable", _why(runs), findings=keys)
    ran = sum(run.status == "ran" for run in runs)
    detail = said("{ran} of {all} checks ran.", ran=ran, all=len(runs))
    if keys:
        detail = said(
            "{ran} of {all} checks ran, {exceptions} decided.",
            ran=ran,
            all=len(runs),
            exceptions=_count(len(keys)),
        )
    return Item(item, title, "present" if ran else "missing", detail, () if ran else ("reviewer",), "", keys)


def _both(*texts: str) -> Said:
    return joined(" ", [text for text in texts if text])


def _count(number: int) -> Said:
    return counted("{count} exception", "{count} exceptions", number)


def _severe(number: int) -> Said:
    return counted("{count} severe exception decided on.", "{count} severe exceptions decided on.", number)


def _is_about(one: RaisedException, item: str) -> bool:
    """An exception says of which check it is; that a check could not run is said of the check in ``subject``."""
    return item_of(one.subject if one.variant == "could_not_run" else one.check) == item


def _why(runs: list[CheckRun]) -> Said:
    reasons = [*dict.fromkeys(f"{run.why[:1].upper()}{run.why[1:]}" for run in runs if run.why)]
    return said("{reasons}.", reasons=joined("; ", map(word, reasons)))


def _stated(case: Case, item: str, title: str, owes: tuple[str, ...]) -> Item:
    statement = (case.stated or {}).get(item)
    if statement is None:
        return Item(item, title, "missing", "Nobody has stated it.", owes=owes, is_stated=True)
    state: ItemState = "not_applicable" if statement.state == "not_applicable" else "present"
    return Item(
        item, title, state, f"{statement.person}: {statement.reason}", is_stated=True, document=statement.document,
        document_name=statement.document_name,
    )  # fmt: skip
