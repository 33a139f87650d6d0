"""Which defects go into which lot: each lot depends on the lots before it and on nothing after it."""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache

import numpy as np

from onelot.execution.events import LotOpened
from onelot.simulation.defects.catalogue import Defect, catalogue, late_catalogue
from onelot.simulation.defects.workbench import NotApplicableError, Workbench
from onelot.simulation.network import Network
from onelot.simulation.patient_lot import plan
from onelot.simulation.record import LotRecord, good_record, late_results
from onelot.simulation.truth import PlantedDefect

_TOGETHER = 3
"""At most so many defects in one lot."""
_REASONABLE_TRIES = 60
"""Defects tried on one lot before it takes what it has."""
_LATE_SHARE = 0.05
"""Of lots in whose record nothing is planted: share in whose late results something is, where there are any."""


class Planter:
    """Goes through the lots of a network and plants every kind of defect in turn."""

    def __init__(self, network: Network, seed: int, share: float) -> None:
        self._network = network
        self._seed = seed
        self._share = share
        self._order = np.random.default_rng([seed, 0, 1])
        self._waiting: list[Defect] = []
        self._donors: set[int] = set()

    def lots(self, count: int) -> Iterator[tuple[LotRecord, list[tuple[str, PlantedDefect]]]]:
        """Each lot's record, and what was planted, with the lot in which it must be found."""
        for index in range(1, count + 1):
            record = good_record(plan(self._network, index, self._seed))
            yield record, self._spoil(record) if self.spoilt(index) else self._spoil_late(record)

    def spoilt(self, index: int) -> bool:
        """Whether something is planted in this lot."""
        return _draw(self._seed, index) < self._share

    def _spoil(self, record: LotRecord) -> list[tuple[str, PlantedDefect]]:
        planted: list[tuple[str, PlantedDefect]] = []
        rooms: set[str] = set()
        by_earlier: set[int] = set()
        for defect in self._next():
            if rooms and (defect.alone or defect.plant.__module__ in rooms):
                continue
            before = [*record.events]
            found = self._plant(defect, record, by_earlier)
            if found is None:
                record.events[:] = before
                continue
            self._waiting.remove(defect)
            kept = {id(event) for event in before}
            by_earlier |= {id(event) for event in record.events if id(event) not in kept}
            planted += found
            rooms.add(defect.plant.__module__)
            if defect.alone or len(rooms) == _TOGETHER:
                break
        return planted

    def _spoil_late(self, record: LotRecord) -> list[tuple[str, PlantedDefect]]:
        """Something in a good lot's late results; a random stream of its own, so that no other lot is moved."""
        random = np.random.default_rng([self._seed, record.plan.index, 3])
        if not self._share or not late_results(record.events) or random.random() >= _LATE_SHARE:
            return []
        defects = late_catalogue()
        defect = defects[int(random.integers(len(defects)))]
        subject = defect.plant(Workbench(record, random, self._seed, self._good_donor))
        planted = PlantedDefect(
            defect=defect.name,
            what=defect.sentence,
            subject=subject,
            also=tuple(sorted(defect.along)),
            late=True,
        )
        return [(record.plan.lot, planted)]

    def _next(self) -> list[Defect]:
        """The next defects to try; whatever was not yet planted comes first."""
        if len(self._waiting) < _REASONABLE_TRIES:
            more = [*catalogue()]
            self._order.shuffle(more)
            self._waiting += [defect for defect in more if defect not in self._waiting]
        return self._waiting[: _REASONABLE_TRIES * 2]

    def _plant(
        self, defect: Defect, record: LotRecord, by_earlier: set[int]
    ) -> list[tuple[str, PlantedDefect]] | None:
        """What was planted, or None where the defect does not fit this lot or would undo an earlier one."""
        before = [*record.events]
        site_before = len(record.site_events)
        random = np.random.default_rng([self._seed, record.plan.index, 2])
        work = Workbench(record, random, self._seed, self._good_donor)
        try:
            subject = defect.plant(work)
        except NotApplicableError:
            subject = None
        now = {id(event) for event in record.events}
        undone = any(id(event) in by_earlier and id(event) not in now for event in before)
        if subject is None or undone or not any(isinstance(e, LotOpened) for e in before):
            del record.site_events[site_before:]
            record.corrected = None
            return None
        self._donors |= {int(lot.rsplit("-", 1)[1]) for lot in work.also_in}
        also = tuple(sorted(defect.along))
        pairs = [
            (record.plan.lot, "".join(work.also_in[:1])),
            *((lot, record.plan.lot) for lot in work.also_in),
        ]
        return [
            (lot, PlantedDefect(
                defect=defect.name, what=defect.sentence, subject=subject, also=also, with_lot=other
            ))
            for lot, other in pairs
        ]  # fmt: skip

    def _good_donor(self, index: int) -> bool:
        return not self.spoilt(index) and index not in self._donors


@lru_cache(maxsize=100_000)
def _draw(seed: int, index: int) -> float:
    return float(np.random.default_rng([seed, index, 1]).random())
