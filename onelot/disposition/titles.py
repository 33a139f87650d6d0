"""Words of the pages, to be translated."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext_lazy as _
from django.utils.translation import gettext_noop

STATES = {
    "undecided": _("Undecided"),
    "released": _("Released"),
    "released_conditionally": _("Released conditionally"),
    "confirmed": _("Confirmed"),
    "late_out_of_specification": _("Late result out of specification"),
    "shipped_under_quarantine": _("Shipped under quarantine"),
    "supplied_exceptionally": _("Supplied exceptionally"),
    "rejected": _("Rejected"),
    "withdrawn": _("Decision withdrawn"),
    "recalled": _("Recalled"),
    "cancelled": _("Cancelled"),
}
"""By state, which is the last decision."""

DECISIONS = {
    "released": _("Release"),
    "released_conditionally": _("Release conditionally"),
    "confirmed": _("Confirm after the final results"),
    "late_out_of_specification": _("Record a late result out of specification"),
    "shipped_under_quarantine": _("Ship under quarantine"),
    "supplied_exceptionally": _("Supply exceptionally"),
    "rejected": _("Reject"),
    "withdrawn": _("Withdraw the decision"),
    "recalled": _("Recall"),
    "cancelled": _("Cancel"),
}
"""What a person does, by decision."""

EXPLAINED = {
    "released": _("The lot meets everything, and may be shipped and infused."),
    "released_conditionally": _("The first of two steps: it may be used, and some results are still to come."),
    "confirmed": _("The second of two steps: the final results are in, and the lot meets them."),
    "late_out_of_specification": _("A final result is out of specification. The physician is told at once."),
    "shipped_under_quarantine": _("It goes to a controlled stock, and is not infused until it is released."),
    "supplied_exceptionally": _("It does not conform and is not certified; the physician asked for it."),
    "rejected": _("It is not usable."),
    "withdrawn": _("The decision holds no more; the record can be worked on again."),
    "recalled": _("It is called back from where it is. Nothing follows this decision."),
    "cancelled": _("There is no decision on the product, for example because the patient withdrew or died."),
}  # fmt: skip
"""What a decision means."""

DOCUMENTS = {
    "certificate_of_analysis": _(
        "The results against the specification of the market, approved by the head of quality."
    ),
    "partial_manufacture_confirmation": _(
        "A Qualified Person confirms the stage that another manufacturer made (EU GMP Annex 16, appendix I)."
    ),
    "release_for_infusion_certificate": _(
        "What the bedside needs: whose it is, containers, dose, expiry, status."
    ),
    "identity_custody_report": _(
        "Every link of identity and every hand-over, with what does not match or is missing."
    ),
}
"""What a document that is signed for itself says."""

STOPS = {
    "no_criteria": _("There is nothing to judge results by: no review, or no criteria for the market."),
    "no_results": _("No result was reported."),
    "review_behind": _("Records came in after the review: it must be done again."),
    "own_results": _("Who tested, or reviewed a result, does not approve the certificate of analysis."),
    "market": _("No Qualified Person certifies for this market, so none confirms a stage."),
    "no_cdmo": _(
        "The lot was made by the sponsor itself; there is no other manufacturer's stage to confirm."
    ),
    "review": _("The record of the manufacturer was not reviewed and signed as it is now."),
    "not_released": _("No decision holds that lets the lot be infused."),
    "no_identifier": _("The record has no chain of identity identifier to match the patient by."),
    "nothing_recorded": _("No identifier was read and no hand-over was recorded."),
}
"""Why a document cannot be signed now."""

ASKED = {
    "stage": _("Site and stage of manufacture"),
    "agreement": _("Reference of the quality agreement"),
    "post_thaw": _("Time and temperature within which it is infused after thawing"),
}
"""What the signer of a document enters."""

SIGNS = {
    "reviewed": _("Sign: reviewed"),
    "approved": _("Sign: approved"),
    "released": _("Sign: released"),
    "certified": _("Sign: certified"),
    "rejected": _("Sign: rejected"),
}
"""What the button says, by the meaning of the signature."""

FIELDS = {
    "reason": _("Justification"),
    "consequence_plan": _("What happens if a later result is out of specification"),
    "request": _("Reference of the physician's request"),
    "acceptance": _("Reference of the physician's acceptance of the risk evaluation"),
    "protocol": _("Expanded access protocol or IND"),
    "informed": _("How and when the physician was told"),
}
"""What is given with a decision."""

KINDS = {
    "qp_certificate": _("Certificate of a Qualified Person"),
    "release_certificate": _("Release certificate"),
    "certificate_of_analysis": _("Certificate of analysis"),
    "exceptional_supply_statement": _("Statement of exceptional supply"),
    "partial_manufacture_confirmation": _("Confirmation of partial manufacture"),
    "release_for_infusion_certificate": _("Release-for-infusion certificate"),
    "identity_custody_report": _("Report on identity and custody"),
}

MET = {
    "met": _("✓ met"),
    "met_so_far": _("◔ met so far"),
    "not_met": _("■ not met"),
    "waiting": _("… no result yet"),
    "unknown": _("? not judged"),
}


def worded(content: dict[str, Any]) -> dict[str, Any]:
    """A certificate's content with the words for how criteria and results stand."""
    criteria = [
        {
            **criterion, "met_title": MET[criterion["met"]],
            "results": [
                {**result, "state_title": RESULT_STATES.get(result["state"], result["state"])}
                for result in criterion["results"]
            ],
        }
        for criterion in content.get("criteria", ())
    ]  # fmt: skip
    return {**content, "criteria": criteria}


ITEM_STATES = {
    "present": _("✓ present"),
    "with_exceptions": _("▲ with exceptions"),
    "pending": _("◔ pending"),
    "missing": _("○ missing"),
    "not_met": _("■ not met"),
    "not_applicable": _("– not applicable"),
}

RESULT_STATES = {
    "final": _("final"),
    "negative_to_date": _("negative to date"),
    "pending": _("pending"),
    "invalidated": _("invalidated"),
}

ROLES = {
    "site": _("the site"), "reviewer": _("a reviewer"), "quality_head": _("the head of quality"),
    "qp": _("a Qualified Person"),
}  # fmt: skip
"""Who owes an item."""

ITEMS = (
    gettext_noop("Review of the record, signed"),
    gettext_noop("Every exception decided"),
    gettext_noop("Deviations assessed"),
    gettext_noop("Executed batch record complete"),
    gettext_noop("In-process controls and process parameters"),
    gettext_noop("Results within the specification of the market"),
    gettext_noop("Tests run and reported for the certificate of analysis"),
    gettext_noop("Chain of identity"),
    gettext_noop("Chain of custody"),
    gettext_noop("Temperatures within limits"),
    gettext_noop("Materials and their genealogy released"),
    gettext_noop("Label reconciliation"),
    gettext_noop("Yields and material balances"),
    gettext_noop("Equipment calibrated, clean and qualified; alarms handled"),
    gettext_noop("Training and second persons"),
    gettext_noop("Review of the audit trail"),
    gettext_noop("Master batch record and policy approved"),
    gettext_noop("Order and eligibility of the patient"),
    gettext_noop("Acceptance of the starting material"),
    gettext_noop("Certificate of conformance of the manufacturer"),
    gettext_noop("Environmental data of the suites"),
    gettext_noop("Retention samples"),
    gettext_noop("Expiry date and its stability data"),
    gettext_noop("Label specimen"),
    gettext_noop("Marketing or trial authorisation and its variations"),
    gettext_noop("Test on importation or exemption from it"),
    gettext_noop("Confirmations of partial manufacture by other QPs"),
)
"""Titles of items, which templates translate."""
