"""The weeks before the demonstration: sites hand in records in turn, the machine reviews, people do their work."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import partial
from itertools import pairwise
from typing import TYPE_CHECKING

from msgspec.structs import replace

from onelot.cli.demo_calendar import DAYS, WEEK, DemoClock, Diary, working_days
from onelot.cli.demo_people import LotsLife, Team
from onelot.cli.demo_site import plan_infusions
from onelot.review.service import review_ledger
from onelot.simulation.truth import TrueLot

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from onelot.review.engine import Reviewer
    from onelot.review.verdict import Verdict

DELIVERIES, BETWEEN = 3, 2
"""Each product's records come in three parts, a week apart, and working days lie between those of two products."""
_ARRIVE = time(3, tzinfo=UTC)
_EACH = timedelta(seconds=15)
_REVIEWED = timedelta(minutes=10)
"""The machine reviews so long after the last file."""

Receive = Callable[[str], None]


@dataclass(frozen=True)
class Delivery:
    """What arrives at once: files in order, lots that are new, and lots of which only late results come."""

    product: str
    day: date
    new: tuple[TrueLot, ...]
    late: tuple[TrueLot, ...]
    files: tuple[str, ...]
    is_last: bool
    """Newest of all: nobody has looked at its lots yet."""


def deliveries(lots: Sequence[TrueLot], until: datetime) -> list[Delivery]:
    """Each product's lots in three parts over the working days before ``until``, in order of their days.

    With the first part the final results come along; those of a later part come with the part after it, so that its
    lots go out in two steps, and those of the last part are awaited.
    """
    days = working_days(until, DAYS)
    found = []
    products = sorted({lot.product for lot in lots})
    for turn, product in enumerate(products):
        own = [lot for lot in lots if lot.product == product]
        parts = _parts(own)
        for number, new in enumerate(parts):
            late = tuple(lot for lot in parts[number - 1] if lot.late_results) if number == 2 else ()
            files = [file for lot in new for file in lot.files if number == 0 or file != lot.late_results]
            files += [lot.late_results for lot in late]
            day = days[1 + number * WEEK + min(turn * BETWEEN, WEEK - 1)]
            is_last = number == DELIVERIES - 1 and turn == len(products) - 1
            found.append(Delivery(product, day, new, late, tuple(files), is_last))
    return sorted(found, key=lambda one: one.day)


def _parts(lots: Sequence[TrueLot]) -> list[tuple[TrueLot, ...]]:
    """About equal parts; two lots of which one shows what is wrong with the other are reviewed together."""
    at = {lot.lot: number for number, lot in enumerate(lots)}
    pairs = [
        sorted((at[lot.lot], at[one.with_lot])) for lot in lots for one in lot.planted if one.with_lot in at
    ]
    cuts = [0]
    for number in range(1, DELIVERIES):
        cut = max(cuts[-1], len(lots) * number // DELIVERIES)
        while reaching := [later for earlier, later in pairs if earlier < cut <= later]:
            cut = max(reaching) + 1
        cuts.append(cut)
    return [tuple(lots[first:end]) for first, end in pairwise((*cuts, len(lots)))]


class Story:
    """Plays the deliveries and what follows from them."""

    def __init__(
        self,
        team: Team,
        clock: DemoClock,
        reviewers: Mapping[str, tuple[str, Reviewer]],
        receive: Receive,
        seed: int,
    ) -> None:
        """``reviewers``: by product the id of its master batch record, and what reviews its lots."""
        self._team, self._clock = team, clock
        self._reviewers, self._receive, self._seed = reviewers, receive, seed
        self._lives: dict[str, LotsLife] = {}
        self.verdicts: list[Verdict] = []
        """The last one of each lot."""

    def play(self, plan: Sequence[Delivery], until: datetime) -> None:
        """All deliveries, each at its time, and people's work between them and up to ``until``."""
        diary = Diary(self._clock, until)
        late_at = {
            lot.lot: datetime.combine(one.day, _ARRIVE) for one in plan for lot in one.late
        }  # fmt: skip
        for one in plan:
            for lot in one.new:
                awaited = lot.late_results and lot.late_results not in one.files
                comes = late_at.get(lot.lot, until) if awaited else None
                self._lives[lot.lot] = LotsLife(self._team, diary, lot.lot, self._seed, comes)
            diary.add(datetime.combine(one.day, _ARRIVE), partial(self._arrive, one))
        diary.run()
        self._clock.move(until)

    def _arrive(self, one: Delivery) -> None:
        team = self._team
        for file in one.files:
            self._receive(file)
            self._clock.move(self._clock() + _EACH)
        self._clock.move(self._clock() + _REVIEWED)
        lots = sorted(lot.lot for lot in (*one.new, *one.late))
        if not lots:
            return
        mbr, reviewer = self._reviewers[one.product]
        verdict = review_ledger(team.ledger, team.evidence, reviewer, mbr, clock=self._clock, lots=lots)
        self.verdicts = [
            replace(before, lots=tuple(lot for lot in before.lots if lot.lot not in lots))
            for before in self.verdicts
        ] + [verdict]
        plan_infusions(team.ledger, [lot.lot for lot in one.new], self._seed, self._clock)
        for lot in one.late if one.is_last else (*one.new, *one.late):
            self._lives[lot.lot].begin()
