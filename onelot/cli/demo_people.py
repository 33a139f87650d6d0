"""The people of the demonstration at work: each lot's way from its review to a decision, through the real services.

Everything here is plainly invented, and every act is a real one: checked against who may, appended on its condition,
signed with a password. What a person does next follows from how the lot stands.
"""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from random import Random
from typing import TYPE_CHECKING

from django.contrib.auth import hashers

from onelot.cli.demo_calendar import DemoClock, Diary, at_work
from onelot.cli.demo_decisions import Decider
from onelot.cli.demo_words import ANSWERS, COMMENT, JUSTIFICATIONS, QUESTIONS, WORDS
from onelot.deviations.queries import deviations_of
from onelot.deviations.service import Deviations
from onelot.disposition.board.attention import PAUSE, seen
from onelot.disposition.reading import state_of
from onelot.disposition.states import CLOSED
from onelot.registry.models import Account
from onelot.registry.permissions import Actor, Place
from onelot.registry.queries import actor_of
from onelot.registry.signing import Credentials, Signing
from onelot.registry.statement import STATEMENT_VERSION
from onelot.review.desk.documents import justifications_of
from onelot.review.desk.models import FindingCard, LotCard
from onelot.review.desk.service import Desk

if TYPE_CHECKING:
    from onelot.deviations.events import Severity
    from onelot.ledger.evidence import EvidenceStore
    from onelot.ledger.store import Ledger
    from onelot.review.desk.events import Decision

REVIEWERS = ("demo.reviewer", "demo.reviewer-two")
QUALITY, QP = "demo.quality", "demo.qp"
ZONE = "Europe/Berlin"


class _Quick(hashers.PBKDF2PasswordHasher):
    """One round: enough for a long random password that lives for seconds."""

    iterations = 1


@contextmanager
def one_password(people: list[str]) -> Iterator[str]:
    """A random password of all these accounts for the time of the preparation, quick to check; then it is gone."""
    from django.conf import settings

    usual, password = settings.PASSWORD_HASHERS, secrets.token_urlsafe(32)
    _set_hashers([f"{__name__}._Quick"])
    try:
        for account in Account.objects.filter(person__in=people):
            account.set_password(password)
            account.save(update_fields=["password"])
        yield password
    finally:
        _set_hashers(usual)
        for account in Account.objects.filter(person__in=people):
            account.set_unusable_password()
            account.save(update_fields=["password"])


def _set_hashers(names: list[str]) -> None:
    from django.conf import settings

    settings.PASSWORD_HASHERS = names
    hashers.reset_hashers(setting="PASSWORD_HASHERS")


@dataclass
class Team:
    """Everybody, with what they work with."""

    ledger: Ledger
    evidence: EvidenceStore
    clock: DemoClock
    password: str

    def __post_init__(self) -> None:
        self._accounts = {account.person: account for account in Account.objects.all()}
        self._actors = {person: actor_of(one, self.clock()) for person, one in self._accounts.items()}
        self._requests: dict[str, object] = {}

    def actor(self, person: str) -> Actor:
        """As far as permissions go."""
        return self._actors[person]

    def desk(self, person: str) -> Desk:
        """Somebody's commands at the desk."""
        return Desk(self.ledger, self.actor(person), self.clock, self.evidence)

    def deviations(self, person: str, card: LotCard) -> Deviations:
        """Somebody's commands on deviations of one lot."""
        place = Place(card.organisation, card.site, card.product)
        return Deviations(self.ledger, self.actor(person), place, self.clock)

    def signing(self, person: str) -> Signing:
        """Somebody's signing in one session of theirs."""
        from django.http import HttpRequest

        request = self._requests.get(person)
        if not isinstance(request, HttpRequest):
            request = HttpRequest()
            request.META["REMOTE_ADDR"] = "127.0.0.1"
            request.session = {}  # type: ignore[assignment]
            self._requests[person] = request
        return Signing(self.ledger, self.evidence, self._accounts[person], request, ZONE, self.clock)

    def credentials(self, person: str) -> Credentials:
        """What somebody enters to sign."""
        return Credentials(self.password, person, statement=STATEMENT_VERSION)

    def works(self, person: str, lot: str, minutes: float) -> None:
        """Somebody has the lot open for so long, as their browser would tell."""
        seen(lot, person, self.clock())
        left = timedelta(minutes=minutes)
        while left > timedelta(0):
            step = min(left, PAUSE * 0.9)
            self.clock.move(self.clock() + step)
            seen(lot, person, self.clock())
            left -= step


class LotsLife:
    """One lot from its review on; ``step`` does what is next and enters the step after it in the diary."""

    def __init__(self, team: Team, diary: Diary, lot: str, seed: int, late_at: datetime | None) -> None:
        """``late_at``: when its late results come; None where none are awaited."""
        self._team, self._diary, self._lot = team, diary, lot
        self._random = Random(f"{seed} {lot}")  # noqa: S311 - a story, no secret
        self._late_at = late_at
        self._turn = 0
        self._was_signed = False
        self._reviewer = self._random.choice(REVIEWERS)
        self._questions = int(self._random.random() < WORDS.share_asked)
        self._decider = Decider(team, lot, self._random)

    def begin(self) -> None:
        """Let somebody take the lot up some hours from now."""
        self._later(3, 60)

    def step(self) -> None:
        """Do what is next."""
        card = LotCard.objects.get(lot=self._lot)
        state = state_of(card.lot, card.market)
        if state in CLOSED:
            self._close_deviations(card)
        elif state == "released_conditionally" and self._decider.protects(card):
            self._later(1, 4)
        elif card.waits_for == "site":
            self._answer(card)
        elif card.waits_for == "decision":
            self._decide(card)
        elif self._assess(card):
            self._later(2, 20)
        elif card.waits_for == "signature":
            self._sign(card)
        elif card.waits_for == "disposition":
            self._dispose(card)

    def _dispose(self, card: LotCard) -> None:
        waits = self._late_at is not None and self._diary.clock() < self._late_at
        if self._decider.states(card):
            self._later(4, 70)
        elif self._decider.decides(card, results_to_come=waits):
            self._later(10, 60)

    def _later(self, fewest: float, most: float) -> None:
        """The next step, so many hours from now, while people work."""
        after = timedelta(hours=self._random.uniform(fewest, most))
        self._turn += 1
        self._diary.add(at_work(self._diary.clock() + after), partial(self._wake, self._turn))

    def _wake(self, turn: int) -> None:
        """A step that was entered before a later one is not done any more."""
        if turn == self._turn:
            self.step()

    def _answer(self, card: LotCard) -> None:
        site = f"demo.{card.site.lower()}"
        for finding in FindingCard.objects.filter(lot=card.lot, is_raised=True, state="asked"):
            text = self._random.choice(ANSWERS)
            self._team.desk(site).answer(finding=finding.key, text=text, seen=self._team.ledger.size())
        self._later(1, 12)

    def _decide(self, card: LotCard) -> None:
        """Everything that is open, the worst first; a question leaves the rest for later."""
        team, person = self._team, self._reviewer
        if not card.assigned_to:
            team.desk(person).assign(lot=card.lot, person=person)
        team.works(person, card.lot, self._random.uniform(4, 9) + 1.5 * min(card.undecided, 8))
        found = FindingCard.objects.filter(lot=card.lot, is_raised=True, state="open").order_by("rank", "key")
        for finding in found:
            if self._questions and finding.severity != "critical":
                self._questions = 0
                text = self._random.choice(QUESTIONS)
                team.desk(person).ask(finding=finding.key, text=text, seen=self._team.ledger.size())
                continue
            self._judge(finding)
        if self._random.random() < WORDS.share_commented:
            team.desk(person).comment(lot=card.lot, text=COMMENT)
        waits = LotCard.objects.get(lot=card.lot).waits_for == "site"
        if not waits or self._random.random() < WORDS.share_answered:
            self._later(*((10, 60) if waits else (0.3, 4)))

    def _judge(self, finding: FindingCard) -> None:
        desk, at = self._team.desk(self._reviewer), self._team.ledger.size()
        opened = [one for one in deviations_of(self._lot) if one.state != "closed"]
        severe = finding.severity in ("critical", "major") and (
            finding.severity == "critical"
            or finding.check_id == "SPC-RESULT"
            or self._random.random() < WORDS.share_deviation
        )
        if severe and opened:
            text = f"Part of {opened[-1].number}."
            desk.decide(
                finding=finding.key, decision="deviation", reason=text, seen=at, deviation=opened[-1].number
            )
        elif severe:
            severity: Severity = "critical" if finding.severity == "critical" else "major"
            desk.raise_deviation(
                finding=finding.key, severity=severity, title=finding.sentence[:110], seen=at,
                reason="Seen at the review of the record; to be assessed before the lot is decided on.",
            )  # fmt: skip
        else:
            known = justifications_of(self._team.ledger, self._team.evidence, self._lot)
            codes = [one.code for one in known if one.fits(finding.check_id, finding.severity)]
            often_false = finding.check_id in WORDS.often_false and not codes
            decision: Decision = "false_alarm" if often_false else "accepted"
            desk.decide(
                finding=finding.key, decision=decision, reason=self._random.choice(JUSTIFICATIONS), seen=at,
                justification=codes[0] if codes else "",
            )  # fmt: skip

    def _sign(self, card: LotCard) -> None:
        """Sign the review, and state what the reviewer saw beside the record."""
        team = self._team
        if card.exceptions == 0:
            team.works(self._reviewer, card.lot, self._random.uniform(1.5, 4))
        team.desk(self._reviewer).sign_review(
            lot=card.lot, review=card.review, seen=team.ledger.size(), signing=team.signing(self._reviewer),
            credentials=team.credentials(self._reviewer),
        )  # fmt: skip
        if not self._was_signed:
            self._decider.state_by(self._reviewer)
        self._was_signed = True
        self._later(2, 30)

    def _assess(self, card: LotCard) -> bool:
        """Whether the head of quality said what an open deviation means for the lot."""
        waiting = [one for one in deviations_of(card.lot) if one.state == "open"]
        if not waiting or card.waits_for not in ("signature", "disposition"):
            return False
        if waiting[0].opened_at > self._diary.clock() - timedelta(hours=4):
            return True
        deviations = self._team.deviations(QUALITY, card)
        for one in waiting:
            impact = self._decider.impact(one)
            severity: Severity = "critical" if one.severity == "critical" else "major"
            deviations.assess(
                number=one.number, impact=impact, severity=severity, reason=WORDS.assessed[impact],
                seen=self._team.ledger.size(),
            )  # fmt: skip
        return True

    def _close_deviations(self, card: LotCard) -> None:
        """After the decision on the lot, most deviations come to their end."""
        for one in deviations_of(card.lot):
            if one.state == "assessed" and self._random.random() < WORDS.share_closed:
                self._team.deviations(QUALITY, card).close(
                    number=one.number, conclusion=WORDS.concluded, seen=self._team.ledger.size()
                )
