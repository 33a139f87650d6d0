"""What a defect works with: one lot's record, its master batch record, and a random stream."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import cached_property
from typing import Any, TypeVar

import msgspec
import numpy as np

from onelot.execution.events import LotCompleted, LotOpened, ParameterRecorded, PhasePerformed
from onelot.kernel.events import Event
from onelot.recipes.model import Parameter
from onelot.recipes.walk import PlacedPhase, phases
from onelot.simulation.patient_lot import Plan, plan
from onelot.simulation.record import LotRecord

E = TypeVar("E", bound=Event)
T = TypeVar("T")


class NotApplicableError(Exception):
    """This lot has nothing on which the defect could be planted; another lot has."""


@dataclass
class Workbench:
    """Planting changes ``record`` in place. ``seed`` lets it look at the network's other lots."""

    record: LotRecord
    random: np.random.Generator
    seed: int
    unspoilt: Callable[[int], bool] = lambda _: True
    """Whether nothing is planted in another lot, by its index."""
    also_in: list[str] = field(default_factory=list)
    """Other lots in which the same defect must be found."""

    @property
    def plan(self) -> Plan:
        """The lot's plan."""
        return self.record.plan

    @property
    def lot(self) -> str:
        """The lot's number."""
        return self.plan.lot

    def of(self, kind: type[E], keep: Callable[[E], bool] = lambda _: True) -> list[E]:
        """The record's events of one kind."""
        return [event for event in self.record.events if isinstance(event, kind) and keep(event)]

    def pick(self, kind: type[E], keep: Callable[[E], bool] = lambda _: True) -> E:
        """One of them. Raises NotApplicableError."""
        return self.choose(self.of(kind, keep))

    def choose(self, items: Sequence[T]) -> T:
        """One of the items. Raises NotApplicableError."""
        if not items:
            raise NotApplicableError
        return items[int(self.random.integers(len(items)))]

    def change(self, event: E, **fields: Any) -> E:
        """Put the event with other fields in its place."""
        changed = msgspec.structs.replace(event, **fields)
        self.record.events[self._index(event)] = changed
        return changed

    def remove(self, event: Event) -> None:
        """Take one event out; the count that the foot declares follows."""
        del self.record.events[self._index(event)]
        self.recount()

    def add(self, *events: Event) -> None:
        """Put events before the foot; the count that the foot declares follows."""
        foot = next(i for i, e in enumerate(self.record.events) if isinstance(e, LotCompleted))
        self.record.events[foot:foot] = events
        self.recount()

    def recount(self) -> None:
        """Let the foot declare the entries that there are."""
        entries = sum(isinstance(event, ParameterRecorded) for event in self.record.events)
        for foot in self.of(LotCompleted):
            self.change(foot, declared_entries=entries)

    def _index(self, event: Event) -> int:
        return next(i for i, other in enumerate(self.record.events) if other is event)

    @property
    def head(self) -> LotOpened:
        """The record's head."""
        return self.of(LotOpened)[0]

    @property
    def foot(self) -> LotCompleted:
        """The record's foot."""
        return self.of(LotCompleted)[0]

    def phases(self, keep: Callable[[PlacedPhase], bool] = lambda _: True) -> list[PlacedPhase]:
        """Phases of the MBR."""
        return [placed for placed in phases(self.plan.mbr) if keep(placed)]

    def run(self, phase: str) -> PhasePerformed:
        """The (only) run of a phase."""
        return self.pick(PhasePerformed, lambda event: event.phase == phase)

    @cached_property
    def _parameters(self) -> dict[str, Parameter]:
        return {
            f"{placed.name}/{parameter.id}": parameter
            for placed in phases(self.plan.mbr)
            for parameter in placed.phase.parameters
        }

    def asked(self, entry: ParameterRecorded) -> Parameter:
        """What the MBR says about an entry."""
        return self._parameters[path(entry)]

    def entries(self, keep: Callable[[Parameter, str], bool]) -> list[ParameterRecorded]:
        """Recorded entries that the MBR asks for, whose parameter (and full path) fit."""
        return self.of(
            ParameterRecorded,
            lambda event: (
                event.status == "recorded"
                and path(event) in self._parameters
                and keep(self.asked(event), path(event))
            ),
        )

    def entry(self, keep: Callable[[Parameter, str], bool]) -> ParameterRecorded:
        """One of ``entries``. Raises NotApplicableError."""
        return self.choose(self.entries(keep))

    def number(self, keep: Callable[[Parameter, str], bool] = lambda *_: True) -> ParameterRecorded:
        """A number that nothing else is computed from or compared with: changing it is one defect, not several."""
        linked = {self.plan.mbr.specification.weight}
        linked |= {part for entry in self.plan.mbr.yields for part in (entry.numerator, entry.denominator)}
        return self.entry(
            lambda parameter, name: (
                parameter.type == "number"
                and name not in linked
                and not parameter.trended
                and not parameter.covariate
                and keep(parameter, name)
            )
        )

    def earlier_lots(self, count: int) -> Iterator[Plan]:
        """Plans of earlier good lots of the same product, the nearest first."""
        for index in range(self.plan.index - 1, max(0, self.plan.index - 1 - count), -1):
            if not self.unspoilt(index):
                continue
            other = plan(self.plan.network, index, self.seed)
            if other.product.code == self.plan.product.code:
                yield other

    def stranger(self) -> str:
        """Account name of a person whom no other lot knows."""
        return f"{self.plan.suite.name.lower()}.agency{self.plan.index}"

    def minutes(self, low: float, high: float) -> timedelta:
        """A random duration in whole seconds."""
        return timedelta(seconds=round(self.random.uniform(low, high) * 60))


def path(entry: ParameterRecorded) -> str:
    """Full path of an entry's parameter."""
    return f"{entry.phase}/{entry.parameter}"


def known(at: datetime | None) -> datetime:
    """A time that a good record always has."""
    assert at is not None
    return at
