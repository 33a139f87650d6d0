"""Who decides on lots in the demonstration: a qualified person for the EU, the head of quality for the rest."""

from __future__ import annotations

from random import Random
from typing import TYPE_CHECKING

from onelot.cli.demo_words import CONSEQUENCE_PLAN, PHYSICIAN, TOLD, WORDS
from onelot.disposition.domain.case import Case
from onelot.disposition.domain.certificates import Given
from onelot.disposition.domain.markets import Basis
from onelot.disposition.domain.results import CHECK, judged
from onelot.disposition.domain.rules import blockers
from onelot.disposition.events import DecisionCode
from onelot.disposition.market_file import market_rules
from onelot.disposition.reading import read_case
from onelot.disposition.service import Disposing
from onelot.kernel.refusals import Refused
from onelot.review.desk.models import FindingCard, LotCard

if TYPE_CHECKING:
    from onelot.cli.demo_people import Team
    from onelot.deviations.events import Impact
    from onelot.deviations.models import Deviation

QUALITY, QP = "demo.quality", "demo.qp"
_CLOSING = frozenset({"rejected", "supplied_exceptionally"})


class Decider:
    """The decisions on one lot."""

    def __init__(self, team: Team, lot: str, random: Random) -> None:
        self._team, self._lot, self._random = team, lot, random
        self._draw = random.random()
        self._is_stated = False

    def impact(self, one: Deviation) -> Impact:
        """What a deviation means for its lot."""
        if one.severity == "critical":
            return "reject" if self._draw < WORDS.share_rejected_critical else "justified"
        return "none" if self._draw < 0.4 else "justified"

    def state_by(self, person: str) -> None:
        """State everything that is theirs to state and that nobody stated; where nothing is left, nothing."""
        try:
            self._disposing(person).state_items(
                lot=self._lot,
                states={},
                reason=WORDS.stated,
                seen=self._team.ledger.size(),
                others_present=True,
            )
        except Refused as refused:
            if refused.refusals[0].code != "disposition.nothing_stated":
                raise

    def states(self, card: LotCard) -> bool:
        """Whether who decides stated now what only they may."""
        if self._is_stated:
            return False
        self._is_stated = True
        self.state_by(self._person(market_rules().rules.basis_of(card.market)))
        return True

    def protects(self, card: LotCard) -> bool:
        """Whether a late result out of specification was told; that waits for nothing."""
        if not FindingCard.objects.filter(lot=card.lot, check_id=CHECK, is_raised=True).exists():
            return False
        case = self._case(card)
        is_late = any(one.met == "not_met" for one in judged(case))
        if is_late:
            self._dispose(case, "late_out_of_specification")
        return is_late

    def decides(self, card: LotCard, *, results_to_come: bool) -> bool:
        """Whether a decision was signed. A lot whose results are to come is not closed before."""
        case = self._case(card)
        for decision in self._wished(case):
            person = self._person(case.basis, decision)
            if decision in _CLOSING and results_to_come:
                continue
            if not blockers(case, decision, person):
                self._dispose(case, decision)
                return True
        return False

    def _wished(self, case: Case) -> tuple[DecisionCode, ...]:
        """Decisions in the order in which they would be taken."""
        if case.state == "late_out_of_specification":
            return ("recalled",) if self._draw < WORDS.share_recalled else ("supplied_exceptionally",)
        if case.state == "released_conditionally":
            return ("confirmed",)
        if any(one.impact == "reject" for one in case.deviations):
            return ("rejected",)
        if self._draw > 1 - WORDS.share_supplied:
            return ("released", "released_conditionally", "supplied_exceptionally", "rejected")
        return ("released", "released_conditionally", "rejected")

    def _person(self, basis: Basis | None, decision: DecisionCode = "released") -> str:
        if decision == "supplied_exceptionally":
            return QUALITY
        return QP if basis is not None and basis.releases == "qp" else QUALITY

    def _case(self, card: LotCard) -> Case:
        return read_case(self._team.ledger, self._team.evidence, card).case

    def _disposing(self, person: str) -> Disposing:
        team = self._team
        return Disposing(team.ledger, team.evidence, team.actor(person), team.clock)

    def _dispose(self, case: Case, decision: DecisionCode) -> None:
        team, person, lot = self._team, self._person(case.basis, decision), self._lot
        given = Given(
            decision=decision,
            reason=WORDS.rejected if decision == "rejected" else "Every exception was decided on, see the review.",
            consequence_plan=CONSEQUENCE_PLAN if decision == "released_conditionally" else "",
            request=PHYSICIAN.format(lot=lot) if decision == "supplied_exceptionally" else "",
            acceptance=f"{PHYSICIAN.format(lot=lot)}, second page" if decision == "supplied_exceptionally" else "",
            protocol="Example protocol EX-EAP-1" if decision == "supplied_exceptionally" else "",
            informed=TOLD.format(lot=lot) if decision in ("late_out_of_specification", "recalled") else "",
        )  # fmt: skip
        team.works(person, lot, self._random.uniform(1, 4))
        self._disposing(person).dispose(
            lot=lot, market=case.head.market, given=given, seen=team.ledger.size(), signing=team.signing(person),
            credentials=team.credentials(person),
        )  # fmt: skip
