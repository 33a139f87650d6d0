"""Words for documents: kinds, states, acts, and what their events say."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext_lazy as _

KINDS = {"mbr": _("Master batch record"), "policy": _("Review policy")}
STATES = {
    "prepared": _("Prepared, to be reviewed"), "reviewed": _("Reviewed, to be approved"), "approved": _("Approved"),
    "returned": _("Sent back to its author"), "withdrawn": _("Withdrawn by its author"),
    "retired": _("Retired: no new reviews with it"),
}  # fmt: skip
OWED = {"reviewer": _("a reviewer"), "quality_head": _("the head of quality"), "author": _("its author")}
DIRECTIONS = {
    "allows": _("Allowed now, and not before"), "forbids": _("Allowed before, and not now"),
    "changes": _("Other changes"),
}  # fmt: skip
MARKS = {"allows": "▲", "forbids": "▼", "changes": "○"}
EVENTS: dict[str, Any] = {
    "recipes.document_prepared.v1": _("Document prepared"), "recipes.document_reviewed.v1": _("Document reviewed"),
    "recipes.document_approved.v1": _("Document approved"), "recipes.document_returned.v1": _("Document sent back"),
    "recipes.document_withdrawn.v1": _("Document withdrawn"), "recipes.document_retired.v1": _("Document retired"),
}  # fmt: skip
"""By name of the event; the audit trail and the room tell them alike."""
