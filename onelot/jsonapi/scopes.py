"""The parts of the API that a token may open, beside what its system's roles allow."""

from __future__ import annotations

SCOPES: dict[str, str] = {
    "lots:read": "Read lots, their exceptions, entries, verdicts, proofs and deviations",
    "records:write": "Send batch records",
    "questions:answer": "Answer questions to the site",
    "comments:write": "Comment on lots and exceptions",
    "deviations:write": "Raise deviations",
    "documents:read": "Read which master batch records and policies are approved",
    "people:read": "Read people, sites and organisations",
    "ledger:read": "Read the ledger's size, checkpoints and consistency proofs, and search the audit trail",
    "webhooks:manage": "Manage webhooks",
}
"""Name of a scope, and what it opens. A person who has signed in has all of them."""
