"""Where work is done: a clinic's bay, a plant's suite, a laboratory; each with its own people and equipment.

Nobody works in two places, so that a person in two places at once is always a planted defect.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from onelot.kernel.events import Event
from onelot.recipes.model import EquipmentClass, MasterBatchRecord
from onelot.registry.events import (
    AccountChanged,
    EquipmentStatusKind,
    EquipmentStatusRecorded,
    TrainingRecorded,
)
from onelot.simulation.network import Network, Site
from onelot.supply.events import MaterialLotStatusChanged, MaterialStatus

_INCOMING: tuple[tuple[MaterialStatus, int], ...] = (("quarantine", 30), ("released", 10))
"""Days before its first use at which a material lot gets a status."""
PEOPLE = 6
UNITS = 2
"""Equipment of one class in one place."""
_FIRST_STOCK = 100
"""Number of the stock in use when the first lot is opened; earlier ones count down."""
STOCK_DAYS = 60
"""A material lot is used for so long before the next one is opened."""
_STATUS_DAYS: dict[EquipmentStatusKind, tuple[int, int]] = {
    "calibration": (330, 365), "qualification": (680, 730), "cleaning": (7, 9),
}  # fmt: skip
"""Days between two statuses, and days for which one is valid."""


@dataclass(frozen=True)
class Place:
    """A bay, a suite or a laboratory."""

    name: str
    zone: ZoneInfo
    role: str

    @property
    def people(self) -> tuple[str, ...]:
        """Account names, plainly synthetic."""
        return tuple(f"{self.name.lower()}.{self.role}{number}" for number in range(1, PEOPLE + 1))

    def equipment(self, equipment_class: str) -> tuple[str, ...]:
        """The units of one class."""
        return tuple(f"{equipment_class}-{self.name}-{number}" for number in range(1, UNITS + 1))


def suites(site: Site) -> list[Place]:
    """The clean rooms of a site."""
    return [Place(f"{site.id}-S{number}", ZoneInfo(site.zone), "op") for number in range(1, site.suites + 1)]


def laboratory(site: Site) -> Place:
    """The site's quality control."""
    return Place(f"{site.id}-QC", ZoneInfo(site.zone), "qc")


def bays(network: Network, site: Site) -> list[Place]:
    """The apheresis bay of each clinic that serves this site; each site's patients have a bay of their own."""
    return [Place(f"{clinic.id}-{site.id}", ZoneInfo(clinic.zone), "rn") for clinic in network.clinics]


def material_lot(site: Site, material: str, opened: datetime, starts: datetime) -> str:
    """The lot of a material in use at a site when a patient's lot is opened."""
    return f"{material.upper()}-{site.id}-{_FIRST_STOCK + _stock_period(opened, starts):03d}"


def _stock_period(at: datetime, starts: datetime) -> int:
    return (at - starts) // timedelta(days=STOCK_DAYS)


def site_record(
    network: Network, site: Site, *, since: datetime, until: datetime, starts: datetime
) -> list[Event]:
    """Accounts, trainings, equipment statuses and material lots of one site and its bays, ``since`` to ``until``.

    ``starts`` is when the network's first lot is opened: stocks of material are counted from there.
    """
    mbrs = [network.mbrs[product.code].mbr for product in network.products if site.id in product.sites]
    places = [*suites(site), laboratory(site), *bays(network, site)]
    curricula = sorted({curriculum.id for mbr in mbrs for curriculum in mbr.curricula})
    events: list[Event] = [event for place in places for event in _people(place, curricula, since)]
    classes = {entry.id: entry for mbr in mbrs for entry in mbr.equipment_classes}
    for place in places:
        events += _equipment(place, classes.values(), since, until)
    events += _materials(site, mbrs, (since, until), starts)
    return events


def _people(place: Place, curricula: Iterable[str], since: datetime) -> Iterator[Event]:
    joined = (since - timedelta(days=400)).astimezone(place.zone)
    for person in place.people:
        yield AccountChanged(person=person, change="enabled", changed_at=joined, changed_by="it.accounts")
        for curriculum in curricula:
            yield TrainingRecorded(
                person=person, curriculum=curriculum, valid_from=joined + timedelta(days=14), valid_until=None
            )


def _equipment(
    place: Place, classes: Iterable[EquipmentClass], since: datetime, until: datetime
) -> Iterator[Event]:
    for wanted in classes:
        for unit in place.equipment(wanted.id):
            for kind, (every, valid) in _STATUS_DAYS.items():
                if not getattr(wanted, kind):
                    continue
                at = (since - timedelta(days=every)).astimezone(place.zone)
                while at < until:
                    yield EquipmentStatusRecorded(
                        equipment=unit, equipment_class=wanted.id, kind=kind, outcome="passed", valid_from=at,
                        valid_until=at + timedelta(days=valid), performed_by="metrology",
                        certificate=f"{kind[:3].upper()}-{at:%y%m%d}-{unit}",
                    )  # fmt: skip
                    at += timedelta(days=every)


def _materials(
    site: Site, mbrs: Iterable[MasterBatchRecord], span: tuple[datetime, datetime], starts: datetime
) -> Iterator[Event]:
    since, until = span
    bought = sorted(
        {m.id for mbr in mbrs for m in mbr.materials if m.kind not in {"starting_material", "product"}}
    )
    zone = ZoneInfo(site.zone)
    for material in bought:
        for period in range(_stock_period(since, starts), _stock_period(until, starts) + 1):
            opened = (starts + timedelta(days=STOCK_DAYS * period)).astimezone(zone)
            for status, days in _INCOMING:
                yield MaterialLotStatusChanged(
                    material=material, material_lot=material_lot(site, material, opened, starts),
                    status=status, changed_at=opened - timedelta(days=days),
                    expiry_at=opened + timedelta(days=540), supplier="Example Supplies",
                    certificate=f"COA-{material.upper()}-{_FIRST_STOCK + period:03d}",
                )  # fmt: skip
