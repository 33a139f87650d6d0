"""One patient's lot as a plan: who, where, when, and what the patient's cells will give."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

import numpy as np

from onelot.recipes.model import Criterion, Limits, MasterBatchRecord
from onelot.recipes.walk import phases
from onelot.simulation.network import Clinic, Network, Product, Site
from onelot.simulation.physiology import Patient, draw_patient, stem_cell_course, t_cell_course
from onelot.simulation.places import Place, laboratory, suites
from onelot.simulation.schedule import Schedule, schedule
from onelot.simulation.values import Band

LOT_EVERY = timedelta(hours=28)
"""Time from one lot of the network to the next."""
_HISTORY = 90_000
"""The last lot of the history has this number."""
_DRAWS = 500
_COURSES = "course_"


@dataclass(frozen=True)
class Plan:
    """A lot before anything was recorded. ``random`` is the lot's own stream: no other lot moves it."""

    index: int
    lot: str
    coi_identifier: str
    din: str
    network: Network
    product: Product
    mbr: MasterBatchRecord
    site: Site
    clinic: Clinic
    suite: Place
    bay: Place
    laboratory: Place
    patient: Patient
    quantities: Mapping[str, float]
    schedule: Schedule
    random: np.random.Generator

    def place(self, phase: str) -> Place:
        """Where a phase is performed."""
        return self.bay if phase in self.product.clinic_phases else self.suite


def network_start(network: Network) -> datetime:
    """The instant at which the network's first lot is opened."""
    return datetime.combine(network.starts, time(6), UTC)


def plan(network: Network, index: int, seed: int) -> Plan:
    """The lot number ``index`` of the network; the same seed and index give the same lot.

    Lots count from 1; 0 and below are the network's history, closed before its first lot was opened.
    """
    random = np.random.default_rng([seed, index] if index > 0 else [seed, 0, -index])
    shares = np.array([product.share for product in network.products], dtype=float)
    product = network.products[int(random.choice(len(shares), p=shares / shares.sum()))]
    site = network.sites[str(random.choice(product.sites))]
    clinic = network.clinics[int(random.integers(len(network.clinics)))]
    mbr = network.mbrs[product.code].mbr
    opened = network_start(network) + index * LOT_EVERY + timedelta(minutes=int(random.integers(600)))
    patient, quantities = _cells(product, mbr, clinic.market, random)
    rooms = suites(site)
    number = index if index > 0 else _HISTORY + index
    return Plan(
        index=index,
        lot=f"{product.code}-{network.starts:%y}-{number:05d}",
        coi_identifier=f"COI-{number:05d}-{_check_letters(number)}",
        din=f"W0000{opened:%y}{number:06d}",
        network=network,
        product=product,
        mbr=mbr,
        site=site,
        clinic=clinic,
        suite=rooms[int(random.integers(len(rooms)))],
        bay=Place(f"{clinic.id}-{site.id}", ZoneInfo(clinic.zone), "rn"),
        laboratory=laboratory(site),
        patient=patient,
        quantities=quantities,
        schedule=schedule(product, mbr, opened, random),
        random=random,
    )


def _check_letters(index: int) -> str:
    """Two letters that tell neighbouring identifiers apart at a glance."""
    letters = "ACEFHJKLMNPRTUVWXY"
    return letters[index * 7 % len(letters)] + letters[index * 11 // 3 % len(letters)]


def _cells(
    product: Product, mbr: MasterBatchRecord, market: str, random: np.random.Generator
) -> tuple[Patient, Mapping[str, float]]:
    """A patient whose cells meet every limit: what fails in this network is planted, by name, and never by chance.

    Drawn until it fits, so that what belongs together stays together; if it never does, moved to the limits.
    """
    course = stem_cell_course if mbr.product.modality == "hsc_gene_therapy" else t_cell_course
    for _ in range(_DRAWS):
        patient = draw_patient(random)
        quantities = course(random, patient)
        bands = dict(quantity_bands(product, mbr, market, patient.weight))
        if all(band.holds(quantities[name]) for name, band in bands.items() if not name.startswith(_COURSES)):
            return patient, quantities
    return patient, {
        name: bands[name].clip(value) if name in bands else value for name, value in quantities.items()
    }


def quantity_bands(
    product: Product, mbr: MasterBatchRecord, market: str, weight: float
) -> Iterator[tuple[str, Band]]:
    """For each quantity the band in which every entry and every result that shows it is unquestioned."""
    limits: dict[str, list[Limits | None]] = {}
    for placed in phases(mbr):
        for parameter in placed.phase.parameters:
            quantity = product.values.get(f"{placed.name}/{parameter.id}")
            if quantity is not None:
                limits.setdefault(quantity, []).extend(
                    (parameter.alert, parameter.action, parameter.plausible)
                )
    for test, allowed in release_limits(mbr, market, weight):
        if test in product.results:
            limits.setdefault(product.results[test], []).append(allowed)
    for quantity, parts in limits.items():
        yield quantity, Band(parts)


def release_limits(mbr: MasterBatchRecord, market: str, weight: float) -> Iterator[tuple[str, Limits]]:
    """The limits of each numeric test in a market for a patient of that weight (kg)."""
    for criterion in criteria(mbr, market):
        if criterion.test is not None and criterion.limits is not None:
            yield criterion.test, criterion.limits
        for band in criterion.bands:
            if criterion.test and band.above < weight and (band.up_to is None or weight <= band.up_to):
                yield criterion.test, band.limits
        for alternative in criterion.any_of:
            if alternative.limits is not None:
                yield alternative.test, alternative.limits


def criteria(mbr: MasterBatchRecord, market: str) -> tuple[Criterion, ...]:
    """The criteria of one market."""
    return next(entry.criteria for entry in mbr.specification.markets if entry.market == market)
