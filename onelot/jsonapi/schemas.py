"""What the API says and takes. Names of fields stay; new ones may come, so readers pass over what they do not know."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, Literal

from ninja import Schema
from pydantic import ConfigDict, Field

from onelot.deviations.events import Severity as DeviationSeverity
from onelot.jsonapi.webhooks.kinds import KINDS
from onelot.review.verdict import Severity

KEPT = r"^[^\x00]*$"
"""Text that every database can keep."""
Code = Annotated[str, Field(max_length=200, pattern=KEPT)]
Key = Annotated[str, Field(max_length=32, pattern=KEPT)]
Text = Annotated[
    str, Field(min_length=1, max_length=4_000, pattern=KEPT, description="At most 4,000 characters.")
]
Position = Annotated[int, Field(ge=0, lt=2**62, description="Ledger position")]
Limit = Annotated[int, Field(ge=1, le=200, description="Items a page")]
Cursor = Annotated[str, Field(max_length=2_000, pattern=KEPT, description="From `next` of the page before")]


class Asked(Schema):
    """What a request says: nothing that is not known here."""

    model_config = ConfigDict(extra="forbid")


class Paged(Asked):
    """Which page of a list."""

    cursor: Cursor = ""
    limit: Limit = 50


class Refusal(Schema):
    """One of several refusals."""

    code: str
    what: str
    where: str = ""
    expected: str = ""
    got: str = ""
    hint: str = ""


class Problem(Schema):
    """Problem details (RFC 9457): what was refused, where, what was expected, what was found, and what to do."""

    type: str = Field(description="`urn:onelot:refusal:` and the code")
    title: str
    status: int
    detail: str
    instance: str
    code: str = Field(description="Stable dotted name")
    where: str = ""
    expected: str = ""
    got: str = ""
    hint: str = ""
    errors: list[Refusal] = Field([], description="All refusals, where there are several")


class Lot(Schema):
    """One lot as the desk shows it."""

    lot: str
    coi_identifier: str = Field(description="Chain of identity; the patient is named nowhere in the API")
    product: str
    site: str
    organisation: str
    market: str
    mbr: str
    mbr_version: str
    waits_for: str = Field(description="review, decision, site, signature, disposition, nobody")
    waits_since: datetime | None
    infusion_at: datetime | None
    expires_at: datetime | None
    due_at: datetime | None = Field(description="When the review is due as agreed")
    last_record_at: datetime | None
    reviewed_at: datetime | None
    review: str
    review_signed: bool = Field(description="Whether the last review was signed")
    signed_by: str
    signed_at: datetime | None
    exceptions: int = Field(description="Those that the policy does not accept by itself")
    undecided: int
    asked: int = Field(description="Exceptions that wait for the site's answer")
    critical: int
    major: int
    minor: int
    information: int
    position: int = Field(
        description="Ledger position of the last event about it; `seen` of what is done with it"
    )


class LotPage(Schema):
    """Lots."""

    items: list[Lot]
    next: str | None = Field(description="Address of the next page; null at the end")


class ExceptionOut(Schema):
    """One exception that the last review of its lot raised."""

    key: str
    lot: str
    review: str
    check: str
    variant: str
    severity: Severity
    subject: str
    sentence: str
    expected: str
    observed: str
    clause: str
    evidence: list[int] = Field(description="Ledger positions of the entries that prove it")
    state: str = Field(description="open, asked, accepted, false_alarm, deviation, by_policy")
    accepted_because: str = Field(description="Where the policy accepts it without a person")
    decided_by: str
    decided_at: datetime | None
    reason: str
    deviation: str
    question: str = Field(description="Identifier of the question that waits for an answer")
    position: int


class ExceptionPage(Schema):
    """Exceptions."""

    items: list[ExceptionOut]
    next: str | None


class Remark(Schema):
    """One line of the conversation about a lot or an exception."""

    position: int
    exception: str = Field(description="Key of the exception; empty: the lot as a whole")
    kind: str = Field(description="comment, question, answer, decision, withdrawn, assigned, signed")
    person: str
    at: datetime
    text: str
    detail: str


class RemarkPage(Schema):
    """Remarks."""

    items: list[Remark]
    next: str | None


class Question(Schema):
    """A question to the site that made the lot."""

    question: str
    lot: str
    site: str
    exception: str = Field(description="Key of the exception that it is about")
    sentence: str
    severity: Severity
    text: str
    asked_by: str
    asked_at: datetime
    seen: int = Field(description="To be given back with the answer")


class QuestionPage(Schema):
    """Questions that wait for an answer."""

    items: list[Question]
    next: str | None


class AnswerIn(Asked):
    """The answer to a question."""

    text: Text
    seen: Position


class CommentIn(Asked):
    """A remark on a lot, or on one of its exceptions."""

    text: Text
    exception: Key = ""


class Recorded(Schema):
    """That something was recorded."""

    position: int = Field(description="Ledger position up to which to read to see it")


class EntryOut(Schema):
    """One entry of the ledger."""

    position: int
    id: str
    type: str
    actor: str
    occurred_at: datetime
    recorded_at: datetime
    reason: str
    tags: list[str]
    document: str = Field(description="SHA-256 of the source file; empty: born in onelot")
    place: str = Field(description="Where in that file")
    event: dict[str, Any]


class EntryPage(Schema):
    """Entries in the ledger's order."""

    items: list[EntryOut]
    next: str | None


class DocumentName(Schema):
    """A file by its content."""

    name: str
    sha256: str
    size: int


class ReceiptOut(Schema):
    """What anybody can verify offline, with the ledger's verification key: that the entry is in the ledger."""

    format: Literal["onelot-receipt/1"]
    entry: str = Field(description="The entry's bytes, base64")
    proof: str = Field(description="C2SP tlog-proof, with a signed checkpoint")
    document: DocumentName | None = None


class RecordOut(Schema):
    """What became of a file."""

    name: str
    document: str = Field(description="SHA-256")
    outcome: Literal["taken", "known"]
    lots: list[str]
    facts: int
    changes: int = Field(description="Differences to the document that this one corrects")
    receipt: ReceiptOut


class DeviationOut(Schema):
    """One deviation as it stands."""

    number: str
    lot: str
    exception: str
    severity: DeviationSeverity
    title: str
    description: str
    state: str = Field(description="open, assessed, closed")
    impact: str = Field(description="none, justified, reject; empty until assessed")
    impact_reason: str
    conclusion: str
    opened_by: str
    opened_at: datetime
    assessed_by: str
    assessed_at: datetime | None
    closed_by: str
    closed_at: datetime | None
    position: int


class DeviationPage(Schema):
    """Deviations."""

    items: list[DeviationOut]
    next: str | None


class DeviationIn(Asked):
    """A new deviation."""

    lot: Annotated[str, Field(min_length=1, max_length=120, pattern=KEPT)]
    severity: DeviationSeverity
    title: Annotated[str, Field(min_length=1, max_length=200, pattern=KEPT)]
    description: Annotated[str, Field(max_length=4_000, pattern=KEPT)] = ""
    exception: Key = ""


class StandingOut(Schema):
    """The disposition of a lot for one market."""

    market: str
    state: str
    closed: bool
    decision: str
    decided_by: str
    decided_at: datetime
    signature: str
    position: int


class CertificateOut(Schema):
    """A certificate that goes with a decision."""

    number: str
    kind: str
    market: str
    issued_at: datetime
    content: str = Field(description="SHA-256 of its canonical JSON")
    signature: str


class DispositionOut(Schema):
    """What was decided on a lot; no standing for a market: undecided."""

    lot: str
    standings: list[StandingOut]
    certificates: list[CertificateOut]


class DocumentsWanted(Paged):
    """Which documents; without a filter, every version in every state."""

    kind: Literal["mbr", "policy"] | None = None
    state: Literal["prepared", "reviewed", "approved", "returned", "withdrawn", "retired"] | None = None


class DocumentOut(Schema):
    """One version of a master batch record or a policy."""

    kind: str
    id: str
    version: str
    title: str
    product: str = Field(description="empty: a policy, which is for all")
    digest: str = Field(description="SHA-256 of the canonical document, which reviews name")
    state: str = Field(description="prepared, reviewed, approved, returned, withdrawn, retired")
    prepared_by: str
    reviewed_by: str
    approved_by: str
    approved_at: datetime | None
    position: int = Field(description="ledger position of the last act on it")


class DocumentPage(Schema):
    """Documents in the order in which they were put forward."""

    items: list[DocumentOut]
    next: str | None


class GrantOut(Schema):
    """A role, and where it holds; empty: everywhere."""

    role: str
    organisation: str
    site: str
    product: str
    valid_until: datetime | None


class PersonOut(Schema):
    """Somebody who works with onelot."""

    person: str
    name: str
    organisation: str
    enabled: bool
    grants: list[GrantOut]


class PersonPage(Schema):
    """People."""

    items: list[PersonOut]
    next: str | None


class SiteOut(Schema):
    """A place of an organisation."""

    code: str
    organisation: str
    name: str
    time_zone: str


class SitePage(Schema):
    """Sites."""

    items: list[SiteOut]
    next: str | None


class LedgerOut(Schema):
    """What the ledger is now."""

    size: int
    checkpoint: str = Field(description="Signed note over this size (C2SP tlog-checkpoint)")


class WebhookOut(Schema):
    """A subscription."""

    webhook: str
    url: str
    kinds: list[str]
    organisation: str
    active: bool
    created_by: str
    created_at: datetime
    waiting: int
    dead: int


class WebhookPage(Schema):
    """Subscriptions."""

    items: list[WebhookOut]
    next: str | None


class WebhookIn(Asked):
    """A new subscription."""

    url: Annotated[str, Field(min_length=1, max_length=500, pattern=r"^https?://[!-~]+$")]
    kinds: Annotated[
        list[Annotated[str, Field(max_length=64, json_schema_extra={"enum": sorted(KINDS)})]],
        Field(min_length=1, max_length=50),
    ]
    organisation: Annotated[
        str, Field(max_length=64, pattern=KEPT, description="Only what happens to its lots; empty: to all")
    ] = ""


class WebhookMade(Schema):
    """A new subscription with its secret, which is shown this once."""

    webhook: str
    secret: str


class ReasonIn(Asked):
    """Why."""

    reason: Text


class DeliveryOut(Schema):
    """One delivery and what came of its last try."""

    delivery: int
    message: str
    kind: str
    lot: str
    position: int
    state: str = Field(description="waiting, delivered, dead, dropped")
    tries: int
    next_try_at: datetime | None
    delivered_at: datetime | None
    last_status: int | None
    last_answer: str


class DeliveryPage(Schema):
    """Deliveries, the last first."""

    items: list[DeliveryOut]
    next: str | None
