"""Patients and their cells: what varies from patient to patient, and what follows from it.

Starting material is drawn around published values and drives everything after it: cells out = cells in x fold x
recovery; dose = viable cells x CAR+ fraction. Sources of the centres: CD3+ 2.6 (IQR 1.2-4.1) and nucleated cells 5.6
(3.1-8.4) x 10^9 in an apheresis (Blood Cancer J 2024, s41408-024-01038-2, table 3); CAR+ 37 % in mean, selection
recovery 55 +/- 6 %, about 30-fold expansion in mean in a 12-day automated process (Cytotherapy 2018;20:394).
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

_Z75 = 0.6745
"""Upper quartile of the standard normal distribution."""


@dataclass(frozen=True)
class Patient:
    """What the clinic knows; no person, only numbers. ``fitness`` (0: average): prior therapy and disease."""

    age: float
    weight: float
    fitness: float


def draw_patient(random: np.random.Generator) -> Patient:
    """An adult, or in about one of six cases a child."""
    child = random.random() < 1 / 6
    age = random.uniform(3, 17) if child else float(np.clip(random.normal(58, 13), 18, 85))
    mean_weight = 12 + 2.8 * age if child else 76
    weight = float(np.clip(random.normal(mean_weight, 4 if child else 14), 10, 140))
    return Patient(age, weight, float(random.normal(0, 1)))


def lognormal(random: np.random.Generator, median: float, upper_quartile: float, shift: float = 0.0) -> float:
    """A lognormal draw by its median and upper quartile; ``shift`` moves it by standard deviations."""
    sigma = math.log(upper_quartile / median) / _Z75
    return float(median * math.exp(sigma * (random.normal() + shift)))


def _percent(random: np.random.Generator, centre: float, spread: float, shift: float = 0.0) -> float:
    """A percentage whose logit is normal; ``spread`` is the logit's standard deviation."""
    logit = math.log(centre / (100 - centre)) + spread * (random.normal() + shift)
    return 100 / (1 + math.exp(-logit))


def t_cell_course(random: np.random.Generator, patient: Patient) -> Mapping[str, float]:
    """Quantities of a CAR-T process. Cells in 10^6 but apheresis in 10^9; see the module's text for sources."""
    fit = patient.fitness
    cd3 = lognormal(random, 2.6, 4.1, 0.4 * fit)
    tnc = cd3 / (_percent(random, 46, 0.35) / 100)
    viability = _percent(random, 97, 0.5, 0.3 * fit)
    recovery = float(np.clip(random.normal(55, 6), 30, 90))
    selected = cd3 * 1000 * recovery / 100
    seeded = 100.0
    young = (55 - patient.age) / 40
    fold = lognormal(random, 28, 40, 0.5 * fit + 0.3 * young + 0.1 * math.log(cd3 / 2.6))
    before_harvest = seeded * fold
    harvest_recovery = float(np.clip(random.normal(85, 5), 62, 99))
    harvested = before_harvest * harvest_recovery / 100
    harvest_viability = _percent(random, 93, 0.4, 0.4 * fit)
    car = _percent(random, 37, 0.45, 0.2 * fit)
    car_cells = harvested * harvest_viability / 100 * car / 100
    return {
        "weight": patient.weight, "age": patient.age, "tnc": tnc, "cd3": cd3,
        "apheresate_viability": viability, "wbc": tnc * 1000 / float(random.uniform(160, 240)),
        "purity": _percent(random, 97.5, 0.4), "recovery": recovery, "selected": selected, "seeded": seeded,
        "before_vector": seeded * float(random.uniform(0.85, 1.1)),
        "fold": fold, "before_harvest": before_harvest, "harvested": harvested,
        "harvest_viability": harvest_viability, "car": car, "car_in_process": car * float(random.uniform(0.9, 1.1)),
        # The whole harvest is rarely needed: the dose is filled towards its target, the rest is kept.
        "dose": min(car_cells, float(random.uniform(150, 240)) * min(1.0, patient.weight / 50)),
        "cd3_purity": _percent(random, 97.5, 0.4), "vector_copies": 0.4 + car / 30 * float(random.uniform(0.7, 1.3)),
        "endotoxin": float(random.uniform(0.05, 0.3)), "ifn_gamma": lognormal(random, 2200, 3400, 0.3 * fit),
        "killing": float(random.uniform(12, 55)),
    }  # fmt: skip


def stem_cell_course(random: np.random.Generator, patient: Patient) -> Mapping[str, float]:
    """Quantities of a CD34+ gene therapy process. Cells in 10^6, nucleated cells in 10^9."""
    fit = patient.fitness
    cd34 = patient.weight * lognormal(random, 14, 18, 0.4 * fit)
    recovery = float(np.clip(random.normal(66, 8), 35, 95))
    selected = cd34 * recovery / 100
    before_vector = selected * float(random.uniform(0.85, 1.0))
    before_harvest = before_vector * float(random.uniform(0.95, 1.35))
    harvested = before_harvest * float(np.clip(random.normal(88, 4), 70, 99)) / 100
    final = _percent(random, 92, 0.35, 0.2 * fit)
    transduced = _percent(random, 74, 0.35)
    return {
        "weight": patient.weight, "age": patient.age, "tnc_mobilised": lognormal(random, 38, 50, 0.2 * fit),
        "cd34": cd34, "apheresate_viability": _percent(random, 97, 0.5, 0.3 * fit),
        "wbc": lognormal(random, 150, 190), "cd34_purity": _percent(random, 94, 0.35), "cd34_recovery": recovery,
        "cd34_selected": selected, "cd34_before_vector": before_vector, "cd34_before_harvest": before_harvest,
        "cd34_harvested": harvested, "harvest_viability": _percent(random, 92, 0.35, 0.3 * fit), "cd34_final": final,
        "dose_per_kg": harvested * final / 100 / patient.weight, "vector_copies": 0.5 + transduced / 35,
        "transduced": transduced, "colonies": lognormal(random, 110, 135, 0.2 * fit),
        "protein": lognormal(random, 60, 75), "endotoxin": float(random.uniform(0.05, 0.3)),
    }  # fmt: skip


def culture_course(
    quantities: Mapping[str, float], name: str, share: float, random: np.random.Generator
) -> float:
    """A quantity at ``share`` (0..1) of the culture: growth is exponential after a lag, feeding keeps glucose up."""
    grown = max(0.0, share - 0.15) / 0.85
    if name == "course_density":
        return 0.5 + 2.4 * math.pow(grown, 1.5) * min(1.6, quantities["fold"] / 28) * float(
            random.uniform(0.9, 1.1)
        )
    if name == "course_viability":
        low = 86 - 4 * math.sin(math.pi * min(1.0, share * 2))
        return low + (quantities["harvest_viability"] - low) * grown + float(random.normal(0, 0.6))
    if name == "course_glucose":
        return 17 - 6 * grown + float(random.normal(0, 1.0))
    if name == "course_lactate":
        return 3 + 9 * grown + float(random.normal(0, 0.8))
    raise KeyError(name)
