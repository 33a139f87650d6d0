"""Words that stand in sentences of the rooms, and what events and read models call their fields and states.

What takes one of them makes it a ``word`` (``onelot.kernel.said``); here they are named to be translated. Tests hold
that the states of lots, exceptions, deviations and materials, the roles, and the fields of events are all here.
"""

from __future__ import annotations

NOUNS = (
    "title", "reason", "conclusion", "justification", "question", "answer", "comment", "site", "organisation",
    "person", "grant", "token", "system", "webhook", "delivery", "name", "master batch record", "review policy",
    "phase", "parameter", "numeric parameter", "material", "equipment class", "curriculum", "equipment_classes",
    "curricula", "materials", "series", "clocks", "identity_points", "labels", "custody_legs", "yields",
    "consequence plan", "request", "acceptance", "protocol", "informed", "time point",
)  # fmt: skip
STATES = (
    "undecided", "released", "released conditionally", "confirmed", "late out of specification",
    "shipped under quarantine", "supplied exceptionally", "rejected", "withdrawn", "recalled", "cancelled", "open",
    "asked", "accepted", "false alarm", "false_alarm", "deviation", "by policy", "by_policy", "gone", "assessed",
    "closed", "review", "decision", "signature", "disposition", "quarantine", "blocked", "unknown", "final",
    "negative to date", "pending", "invalidated", "absent", "waiting", "running", "done", "dead", "discarded",
    "aborted", "added", "administrator", "approved", "author", "birth date", "cdmo", "certificate of analysis",
    "certified", "changed", "clinic", "collector", "completed", "consumed", "coordinator", "courier", "critical",
    "din", "disabled", "enabled", "exceptional supply statement", "failed", "high", "information", "justified",
    "kept", "link", "locked", "low", "machine", "major", "manual", "minor", "none", "not applicable", "nurse",
    "one time code", "passed", "performed", "physician", "planner", "present", "produced", "qp", "qp certificate",
    "quality head", "received", "receiver", "recorded", "recovery codes", "reject", "release certificate",
    "removed", "renewed", "reset", "returned", "reviewed", "reviewer", "sampled", "scan", "security key", "skipped",
    "sponsor", "supply planner", "to change", "validation", "verified", "wasted", "wrong code", "wrong password",
    "nobody", "wrong security key", "wrong user name", "password", "laboratory",
    "ordered", "prescribed", "ended", "enrolled", "scheduled", "collected", "thawing", "checked", "infused",
    "registered", "emptied", "thawed", "destroyed", "void", "bag", "vial", "aliquot", "collection", "in process",
    "shipper", "split", "pool", "yes", "no", "lost",
)  # fmt: skip
FIELDS = (
    "act", "answers", "applied at", "applied by", "asked by", "checked at", "checklist", "checklist digest", "child",
    "children", "collect from", "collected by", "containers", "correction", "destroyed at", "died at", "due at",
    "expires at",
    "format", "infuse by", "is emptied", "limit from", "limit minutes", "mbr label", "milestone", "note", "number",
    "of", "order", "other", "parent", "parents", "pooled at", "proposed by", "raw", "reactions", "read", "replaced",
    "replaces", "residual", "returned at", "shows patient", "split at", "template", "total", "volume",
    "declined", "document name", "language",
    "document", "form", "kind", "kinds", "lot", "minutes", "scopes", "text",
    "about", "acceptance", "accepted because", "accounts", "acknowledged at", "acknowledged by", "adapter",
    "adapter version", "address", "after", "alarm", "analyst", "applied", "approved at", "approved by",
    "baseline digest", "before", "by document", "carrier", "certificate", "change", "changed at", "changed by",
    "check", "checkpoint", "checkpoints", "clause", "cleared at", "coi identifier", "completed at", "condition",
    "container", "content", "decided", "declared entries", "description", "device", "differences", "digest",
    "email", "ended at", "engine", "entered at", "entries", "equipment", "equipment class", "evidence", "expected",
    "expiry at", "factor", "factors", "facts", "failures", "faults", "field", "fields", "filters", "finding",
    "findings", "from party", "grants", "held", "hours", "hours per week", "how", "id", "identifier", "impact",
    "intended market", "issued at", "issuer", "item", "job", "label", "laboratory", "leg", "location", "lots",
    "mapping", "market", "material lot", "mbr", "mbr digest", "mbr version", "meaning", "message", "method",
    "named", "observed", "occurrence", "opened at", "out of specification", "outcome", "performed at",
    "performed by", "planned for", "point", "points", "policy", "policy digest", "policy version", "prepared by",
    "printed", "priority", "product", "quantity", "raised at", "read at", "read by", "received at", "received by",
    "reconciled at", "reconciled by", "refusals", "released at", "released by", "reported at", "retained",
    "reviewed at", "reviewed by", "role", "root", "sample", "sampled at", "scrapped", "sentence", "severity",
    "size", "source", "started at", "state", "status", "subject", "subscription", "superseded at", "supersedes",
    "supplier", "test", "tested at", "through position", "time zone", "to party", "unit", "until", "url", "use",
    "used at", "used from", "used until", "valid from", "valid until", "value", "values", "variant", "verdict",
    "verification", "verified at", "verified by", "version", "why", "written at", "written by",
)  # fmt: skip
"""Names of fields of events."""
KINDS = (
    "Therapy ordered", "Order changed", "Order prescribed", "Order cancelled", "Coi assigned", "Lot assigned",
    "Collection recorded", "Container registered", "Containers split", "Containers pooled", "Label printed",
    "Label reprinted", "Label applied", "Label scrapped", "Label retained", "Verified", "Mismatch", "Reestablished",
    "Correction proposed", "Corrected", "Correction declined", "Thaw started", "Bedside checked",
    "Infusion recorded", "Product returned", "Product destroyed", "Patient withdrawn", "Patient died",
    "Follow up due", "Follow up done",
    "Mail chosen",
    "Access changed", "Access reviewed", "Account changed", "Account locked", "Account unlocked",
    "Document approved", "Document refused", "Equipment status recorded", "Factor changed", "Full review measured",
    "Grants reviewed", "Job discarded", "Job retried", "Ledger verified", "Mapping registered",
    "Organisation registered", "Password link issued", "Password set", "Patient corrected", "Patient erased",
    "Patient opened", "Patient registered", "Person registered", "Review hours declared", "Role granted",
    "Role revoked", "Site registered", "Statement accepted", "Subject recorded", "System registered",
    "System retired", "Token issued", "Token revoked", "Trail exported", "Training recorded", "Turnaround agreed",
    "User trained", "Webhook ended", "Webhook subscribed",
)  # fmt: skip
"""Events that have no title of their own on the timeline."""
REASONS = (
    "not among the checks that the policy names", "Not among the checks that the policy names",
)  # fmt: skip
"""Why a check was left out, as verdicts keep it."""
