"""A plan carried out: the phases with their entries, materials and equipment, as a good record states them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Literal

from onelot.execution.events import EquipmentUsed, MaterialUsed, ParameterRecorded, PhasePerformed
from onelot.execution.events import Verification as VerifiedBy
from onelot.kernel.events import Event
from onelot.recipes.model import MaterialNeed, Parameter, Verification
from onelot.recipes.walk import PlacedPhase, phases
from onelot.simulation.patient_lot import Plan, network_start
from onelot.simulation.physiology import culture_course
from onelot.simulation.places import material_lot
from onelot.simulation.schedule import local
from onelot.simulation.values import Band, band_of, digits_for, written

Use = Literal["received", "consumed", "produced", "returned", "wasted", "sampled"]
_RECEIVED_SURPLUS = 0.15
"""Share of the used quantity that is taken out of the store in addition, and wasted."""


@dataclass
class Crew:
    """Who performs and who verifies one phase."""

    performer: str
    verifier: str


@dataclass
class Performance:
    """Carries out one plan; ``events`` grows phase by phase."""

    plan: Plan
    events: list[Event] = field(default_factory=list)

    def perform(self) -> list[Event]:
        """All phases of the MBR, in its order."""
        for placed in phases(self.plan.mbr):
            self._phase(placed)
        return self.events

    def _phase(self, placed: PlacedPhase) -> None:
        start, end = self._span(placed.name)
        place = self.plan.place(placed.name)
        pair = self.plan.random.choice(place.people, size=2, replace=False)
        crew = Crew(str(pair[0]), str(pair[1]))
        self.events.append(
            PhasePerformed(
                lot=self.plan.lot, phase=placed.name, started_at=start, ended_at=end,
                entered_at=end + self._minutes(0, 4), performed_by=crew.performer, location=place.name,
                **self._verified(placed.phase.verification, end, crew),
            )
        )  # fmt: skip
        for equipment_class in placed.phase.equipment:
            units = place.equipment(equipment_class)
            self.events.append(
                EquipmentUsed(
                    lot=self.plan.lot, phase=placed.name, equipment=str(self.plan.random.choice(units)),
                    equipment_class=equipment_class, used_from=start, used_until=end,
                )
            )  # fmt: skip
        for parameter in placed.phase.parameters:
            self.events += self._entries(placed, parameter, crew)
        for need in placed.phase.materials:
            self.events += self._movements(placed, need, crew)

    def _span(self, phase: str) -> tuple[datetime, datetime]:
        zone = self.plan.place(phase).zone
        start, end = self.plan.schedule.phases[phase]
        return local(start, zone), local(end, zone)

    def _minutes(self, low: float, high: float) -> timedelta:
        return timedelta(seconds=round(self.plan.random.uniform(low, high) * 60))

    def _verified(self, wanted: Verification, at: datetime, crew: Crew) -> dict[str, Any]:
        if wanted == "none":
            return {}
        by: VerifiedBy = "machine" if wanted == "machine" else "person"
        delay = timedelta(seconds=2) if by == "machine" else self._minutes(2, 50)
        return {
            "verified_by": "mes.interlock" if by == "machine" else crew.verifier,
            "verified_at": at + delay,
            "verification": by,
        }

    def _entries(self, placed: PlacedPhase, parameter: Parameter, crew: Crew) -> Iterator[Event]:
        if not parameter.required and self.plan.random.random() < 0.8:
            return
        for occurrence, at in enumerate(self._times(placed, parameter), 1):
            yield ParameterRecorded(
                lot=self.plan.lot, phase=placed.name, parameter=parameter.id, occurrence=occurrence,
                unit=parameter.unit or "", performed_at=at, entered_at=at + self._minutes(0, 6),
                performed_by=crew.performer, **self._value(placed, parameter, at),
                **self._verified(parameter.verification, at, crew),
            )  # fmt: skip

    def _times(self, placed: PlacedPhase, parameter: Parameter) -> Iterable[datetime]:
        start, end = self._span(placed.name)
        if parameter.sampling is None:
            return [start + (end - start) * float(self.plan.random.uniform(0.1, 0.95))]
        every = parameter.sampling.interval
        count = max(parameter.occurrences.min, round((end - start) / every))
        step = (end - start) / (count + 0.5)
        return [start + step * (number + 0.75) + self._minutes(-20, 20) for number in range(count)]

    def _value(self, placed: PlacedPhase, parameter: Parameter, at: datetime) -> dict[str, Any]:
        match parameter.type:
            case "number" | "integer":
                return {"value": self._number(placed, parameter, at)}
            case "boolean":
                return {"value": parameter.accepted[0] if parameter.accepted else "true"}
            case "choice":
                return {"value": str(self.plan.random.choice(parameter.accepted or parameter.choices))}
            case "multiple_choice":
                return {"values": (str((parameter.accepted or parameter.choices)[0]),)}
            case "datetime":
                return {"value": at.isoformat()}
            case _:
                return {"status": "not_applicable", "reason": "nothing to remark"}

    def _number(self, placed: PlacedPhase, parameter: Parameter, at: datetime) -> str:
        band = band_of(parameter)
        if parameter.type == "integer":
            low, high = int(band.low or 0), int(band.high or 10)
            return str(int(self.plan.random.integers(low, min(high, low + 3) + 1)))
        quantity = self.plan.product.values.get(f"{placed.name}/{parameter.id}")
        if quantity is None:
            return written(band.clip(band.draw(parameter.target, self.plan.random)), max(1, band.decimals))
        value = self._quantity(quantity, placed, at, band)
        return written(value, max(band.decimals, digits_for(value)))

    def _quantity(self, quantity: str, placed: PlacedPhase, at: datetime, band: Band) -> float:
        if quantity in self.plan.quantities:
            return self.plan.quantities[quantity]
        start, end = self._span(placed.name)
        share = (at - start) / (end - start)
        return band.clip(culture_course(self.plan.quantities, quantity, share, self.plan.random))

    def _movements(self, placed: PlacedPhase, need: MaterialNeed, crew: Crew) -> Iterator[Event]:
        """Received, used and wasted, so that the balance closes; the starting material is produced, then used."""
        material = next(entry for entry in self.plan.mbr.materials if entry.id == need.material)
        span = self._span(placed.name)
        whole = need.unit.startswith("{")
        band = Band((need.quantity,))
        drawn = band.clip(band.draw(need.target, self.plan.random))
        quantity = str(max(1, round(drawn))) if whole else written(drawn, 1)
        if material.kind == "starting_material":
            use: Use = "produced" if placed.name in self.plan.product.clinic_phases else "consumed"
            steps: list[tuple[Use, str, float]] = [(use, quantity, 0.5)]
        elif material.reconciliation is None:
            steps = [("consumed", quantity, 0.4)]
        else:
            surplus = "1" if whole else written(float(quantity) * _RECEIVED_SURPLUS, 1)
            taken = written(float(quantity) + float(surplus), 0 if whole else 1)
            steps = [("received", taken, 0.1), ("consumed", quantity, 0.4), ("wasted", surplus, 0.9)]
        for use, amount, share in steps:
            yield self._movement(
                placed, need, crew, use=use, quantity=amount, at=span[0] + (span[1] - span[0]) * share
            )

    def _movement(
        self, placed: PlacedPhase, need: MaterialNeed, crew: Crew, *, use: Use, quantity: str, at: datetime
    ) -> Event:
        material = next(entry for entry in self.plan.mbr.materials if entry.id == need.material)
        own = material.kind == "starting_material"
        opened = min(start for start, _ in self.plan.schedule.phases.values())
        stock = material_lot(self.plan.site, need.material, opened, network_start(self.plan.network))
        return MaterialUsed(
            lot=self.plan.lot, phase=placed.name, material=need.material,
            material_lot=self.plan.din if own else stock,
            use=use, quantity=quantity, unit=need.unit, used_at=at, entered_at=at + self._minutes(0, 5),
            container=f"{self.plan.din}-01" if own else "", performed_by=crew.performer,
            **self._verified(need.verification, at, crew),
        )  # fmt: skip
