"""Read models of the desk."""

from __future__ import annotations

from django.db import models

from onelot.kernel.said import Said
from onelot.review.phrases import phrase
from onelot.review.sentences import again


class LotCard(models.Model):
    """One lot as the queue shows it."""

    lot = models.CharField(max_length=120, primary_key=True)
    coi_identifier = models.CharField(max_length=120, blank=True)
    product = models.CharField(max_length=64, blank=True, db_index=True)
    site = models.CharField(max_length=64, blank=True, db_index=True)
    organisation = models.CharField(max_length=64, blank=True)
    market = models.CharField(max_length=8, blank=True)
    mbr = models.CharField(max_length=64, blank=True)
    mbr_version = models.CharField(max_length=64, blank=True)
    last_record_at = models.DateTimeField(null=True)
    reviewed_at = models.DateTimeField(null=True)
    review = models.CharField(max_length=64, blank=True)
    verdict = models.CharField(max_length=64, blank=True)
    signed_review = models.CharField(max_length=64, blank=True)
    """The review that was signed; it counts only while it is the last one."""
    signed_by = models.CharField(max_length=64, blank=True)
    signed_at = models.DateTimeField(null=True)
    critical = models.IntegerField(default=0)
    major = models.IntegerField(default=0)
    minor = models.IntegerField(default=0)
    information = models.IntegerField(default=0)
    undecided = models.IntegerField(default=0)
    """Exceptions that wait for a decision, questions to the site not counted."""
    asked = models.IntegerField(default=0)
    """Exceptions that wait for the site's answer."""
    exceptions = models.IntegerField(default=0)
    """Every exception of the last review that the policy does not accept by itself."""
    worst = models.IntegerField(default=4)
    """Rank of the worst exception that is not decided: 0 critical ... 3 information, 4 none."""
    assigned_to = models.CharField(max_length=64, blank=True)
    is_closed = models.BooleanField(default=False)
    """Whether it was finally decided on: the record stands, and nobody is waited for."""
    waits_for = models.CharField(max_length=16, default="review")
    """review, decision, site, signature, disposition, nobody."""
    lane = models.CharField(max_length=16, default="unread")
    """Of the queue: exceptions, clean, decided, disposition, unread."""
    waits_since = models.DateTimeField(null=True)
    infusion_at = models.DateTimeField(null=True)
    expires_at = models.DateTimeField(null=True)
    """As the last review counted it."""
    due_at = models.DateTimeField(null=True)
    """Agreed turnaround after the last record."""
    position = models.BigIntegerField(default=0)
    """Ledger position of the last event about it."""

    counted: dict[str, str] | None = None
    """By what it was counted when it was read; None: not kept yet."""

    class Meta:
        """Indexes of the queue."""

        indexes = (
            models.Index(
                fields=["lane", "infusion_at", "expires_at", "due_at", "worst", "waits_since", "lot"],
                name="desk_lane",
            ),
            models.Index(
                fields=["infusion_at", "expires_at", "due_at", "worst", "waits_since", "lot"],
                name="desk_urgency",
            ),
        )

    def counted_by(self) -> dict[str, str]:
        """The members of the ``Tally`` that it belongs to."""
        return {
            "organisation": self.organisation,
            "site": self.site,
            "product": self.product,
            "lane": self.lane,
        }


class Tally(models.Model):
    """How many lots each lane holds: counted with each change, since counting them all takes longer than a page."""

    organisation = models.CharField(max_length=64, blank=True)
    site = models.CharField(max_length=64, blank=True)
    product = models.CharField(max_length=64, blank=True)
    lane = models.CharField(max_length=16)
    lots = models.IntegerField(default=0)

    class Meta:
        """One count a place and lane."""

        constraints = (
            models.UniqueConstraint(
                fields=["organisation", "site", "product", "lane"], name="desk_one_tally"
            ),
        )


class FindingCard(models.Model):
    """One exception with what was decided on it."""

    key = models.CharField(max_length=32, primary_key=True)
    lot = models.CharField(max_length=120, db_index=True)
    review = models.CharField(max_length=64)
    check_id = models.CharField(max_length=64, db_index=True)
    variant = models.CharField(max_length=64)
    severity = models.CharField(max_length=16)
    rank = models.IntegerField()
    subject = models.TextField()
    sentence = models.TextField()
    expected = models.TextField(blank=True)
    observed = models.TextField(blank=True)
    clause = models.TextField(blank=True)
    evidence = models.JSONField()
    """Ledger positions."""
    accepted_because = models.TextField(blank=True)
    state = models.CharField(max_length=16, default="open")
    """open, asked, accepted, false_alarm, deviation, by_policy, gone."""
    decided_by = models.CharField(max_length=64, blank=True)
    decided_at = models.DateTimeField(null=True)
    justification = models.CharField(max_length=64, blank=True)
    reason = models.TextField(blank=True)
    deviation = models.CharField(max_length=64, blank=True)
    assigned_to = models.CharField(max_length=64, blank=True)
    question = models.CharField(max_length=64, blank=True)
    """The question that waits for an answer."""
    is_raised = models.BooleanField(default=True)
    """Whether the last review of the lot raised it."""
    position = models.BigIntegerField(default=0)
    """Ledger position of the last act on it, or of its first raising."""

    @property
    def in_words(self) -> Said:
        """The sentence as it was made, which a page can say in its language; ``sentence`` is what was recorded."""
        return again(
            self.check_id, self.variant, self.sentence, subject=self.subject, expected=self.expected,
            observed=self.observed,
        )  # fmt: skip

    @property
    def expected_in_words(self) -> str:
        """What was expected; limits and other values stand as they were recorded."""
        return phrase(self.check_id, "expected", self.expected)

    @property
    def observed_in_words(self) -> str:
        """What was found; a value of the record stands as it was recorded."""
        return phrase(self.check_id, "observed", self.observed)


class Remark(models.Model):
    """One line of the conversation about an exception or a lot."""

    position = models.BigIntegerField(primary_key=True)
    lot = models.CharField(max_length=120, db_index=True)
    finding = models.CharField(max_length=32, blank=True, db_index=True)
    kind = models.CharField(max_length=16)
    """comment, question, answer, decision, withdrawn, assigned, signed."""
    person = models.CharField(max_length=64)
    at = models.DateTimeField()
    text = models.TextField(blank=True)
    detail = models.CharField(max_length=64, blank=True)
    """The decision, the deviation's number, or the person it was assigned to."""


class ReviewedWith(models.Model):
    """A lot was reviewed with a document, the last time so: what depends on a version of an MBR or policy."""

    lot = models.CharField(max_length=120)
    digest = models.CharField(max_length=64)
    """Of the master batch record or of the policy."""
    review = models.CharField(max_length=64)
    reviewed_at = models.DateTimeField()
    position = models.BigIntegerField()

    class Meta:
        """One row a lot and document, found by the document."""

        constraints = (
            models.UniqueConstraint(fields=["digest", "lot"], name="desk_one_review_with_a_document"),
        )


class Turnaround(models.Model):
    """Agreed hours from the last record to the end of the review."""

    site = models.CharField(max_length=64, blank=True)
    product = models.CharField(max_length=64, blank=True)
    hours = models.IntegerField()

    class Meta:
        """One agreement a site and product."""

        constraints = (models.UniqueConstraint(fields=["site", "product"], name="desk_one_turnaround"),)


class Presence(models.Model):
    """Somebody has a lot open. No record: it is forgotten after a minute, and is no part of what the ledger says."""

    lot = models.CharField(max_length=120, db_index=True)
    person = models.CharField(max_length=64)
    seen_at = models.DateTimeField()

    class Meta:
        """One row a person and lot."""

        constraints = (models.UniqueConstraint(fields=["lot", "person"], name="desk_one_presence"),)
