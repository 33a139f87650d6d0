"""The master batch record (MBR) as a document, in ISA-88 terms.

Read from YAML in which every scalar is text, so ``7.40`` keeps its digits and ``no`` stays a word. The field
descriptions here are also the published JSON Schema. Durations are ISO 8601 (``PT30M``), units UCUM.
"""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

Identifier = Annotated[str, StringConstraints(pattern=r"^[A-Za-z][A-Za-z0-9_.-]{0,63}$")]
Version = Annotated[str, StringConstraints(pattern=r"^\S([^\r\n\t]{0,62}\S)?$")]
"""Of a document: one line of at most 64 characters."""
Path = Annotated[str, StringConstraints(pattern=r"^[A-Za-z][A-Za-z0-9_.-]*(/[A-Za-z][A-Za-z0-9_.-]*)*$")]
Unit = Annotated[str, StringConstraints(min_length=1, max_length=64)]
Criticality = Literal["CQA", "CPP", "KPP", "none"]
Verification = Literal["none", "second_person", "machine"]


class Part(BaseModel):
    """Base of all parts of an MBR: frozen, and no field that the model does not know."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Limits(Part):
    """A band; an end that is left out is unlimited. Ends belong to the band unless said open."""

    low: Decimal | None = None
    high: Decimal | None = None
    low_open: bool = False
    high_open: bool = False


class Sampling(Part):
    """How often an entry is due while its phase runs (at most ``interval + tolerance`` between two)."""

    interval: timedelta
    tolerance: timedelta = timedelta(0)


class Occurrences(Part):
    """How often a phase or an entry may occur in one lot."""

    min: int = Field(1, ge=0)
    max: int | None = Field(1, ge=1, description="left out or null: no upper bound")


class Parameter(Part):
    """One entry of a phase."""

    id: Identifier
    title: str = ""
    type: Literal["number", "integer", "text", "choice", "multiple_choice", "boolean", "datetime"]
    unit: Unit | None = Field(None, description="UCUM; required for numbers ('1' for a pure number)")
    target: Decimal | None = None
    action: Limits | None = Field(None, description="outside: the lot may be affected")
    alert: Limits | None = Field(None, description="outside: look closer")
    plausible: Limits | None = Field(None, description="outside: cannot be a true reading")
    choices: tuple[str, ...] = Field((), description="answers that may be given")
    accepted: tuple[str, ...] = Field((), description="answers that need no person; default: all choices")
    criticality: Criticality = "none"
    required: bool = True
    occurrences: Occurrences = Occurrences()
    sampling: Sampling | None = None
    verification: Verification = "none"
    trended: bool = Field(False, description="compared with the process's own history")
    covariate: bool = Field(False, description="describes the starting material; explains others in trends")


class MaterialNeed(Part):
    """A material that a phase uses."""

    material: Identifier
    quantity: Limits | None = None
    unit: Unit
    target: Decimal | None = None
    required: bool = True
    verification: Verification = "none"


class Phase(Part):
    """The smallest element of the procedure (ISA-88), with all that belongs to it."""

    id: Identifier
    title: str = ""
    after: tuple[Path, ...] = Field((), description="full paths of phases that must have ended before")
    occurrences: Occurrences = Occurrences()
    max_duration: timedelta | None = None
    training: tuple[Identifier, ...] = Field((), description="curricula the performer needs")
    verification: Verification = "none"
    equipment: tuple[Identifier, ...] = Field((), description="equipment classes that must be used")
    parameters: tuple[Parameter, ...] = ()
    materials: tuple[MaterialNeed, ...] = ()


class Operation(Part):
    """ISA-88 operation: ordered phases."""

    id: Identifier
    title: str = ""
    phases: tuple[Phase, ...] = Field(min_length=1)


class UnitProcedure(Part):
    """ISA-88 unit procedure: ordered operations."""

    id: Identifier
    title: str = ""
    operations: tuple[Operation, ...] = Field(min_length=1)


class Procedure(Part):
    """ISA-88 procedure: the whole process."""

    id: Identifier
    title: str = ""
    unit_procedures: tuple[UnitProcedure, ...] = Field(min_length=1)


class Reconciliation(Part):
    """Balance of a material over its uses: out / in in percent must lie in ``percent``."""

    percent: Limits


class Material(Part):
    """A material with what must hold wherever it is used."""

    id: Identifier
    title: str = ""
    kind: Literal["starting_material", "vector", "reagent", "consumable", "product"] = "reagent"
    single_lot: bool = Field(False, description="one material lot only within one lot of product")
    reconciliation: Reconciliation | None = None
    criticality: Criticality = "none"


class EquipmentClass(Part):
    """A class of equipment with the states that must be valid at each use."""

    id: Identifier
    title: str = ""
    calibration: bool = False
    cleaning: bool = False
    qualification: bool = False


class Curriculum(Part):
    """A training that phases ask for."""

    id: Identifier
    title: str = ""


class Series(Part):
    """A time series with limits, sampling and allowed excursions."""

    id: Identifier
    title: str = ""
    unit: Unit
    action: Limits
    alert: Limits | None = None
    interval: timedelta = Field(description="time between two readings")
    max_gap: timedelta = Field(description="longest accepted time without a reading")
    max_duration: timedelta = Field(timedelta(0), description="longest accepted stay outside, in one piece")
    max_area: Decimal | None = Field(None, description="largest accepted area outside, unit x minutes")
    required: bool = True
    criticality: Criticality = "none"


class Clock(Part):
    """A hold time or shelf-life clock between two named points.

    Points: ``phase:PATH.start``, ``phase:PATH.end``, ``parameter:PATH`` (when performed),
    ``custody:LEG.released`` (first hand-over of the leg), ``custody:LEG.received`` (last one, once all are received),
    ``identity:POINT``. From: the last time a point was reached; to: the first after it.
    """

    id: Identifier
    title: str = ""
    starts_on: str
    ends_on: str
    min: timedelta | None = None
    max: timedelta | None = None
    alert: timedelta | None = None
    required: bool = Field(True, description="both ends must be in the record")
    criticality: Criticality = "CPP"


class Expiry(Part):
    """When the product expires: its shelf life, counted from one step; from the last time it was reached."""

    starts_on: str = Field(
        pattern=r"^phase:.+\.(start|end)$", description="phase:PATH.start or phase:PATH.end"
    )
    shelf_life: timedelta = Field(gt=timedelta(0), description="from then on, for example PT48H or P365D")


class IdentityPoint(Part):
    """A point at which identifiers must be read and agree with the lot's."""

    id: Identifier
    title: str = ""
    carriers: tuple[Literal["label", "scan", "document", "manual"], ...] = Field(min_length=1)
    verification: Verification = "none"


class Label(Part):
    """A label whose counts must balance."""

    id: Identifier
    title: str = ""
    tolerance: int = Field(0, ge=0)


class CustodyLeg(Part):
    """A transport whose hand-overs must be without gap or overlap."""

    id: Identifier
    title: str = ""
    required: bool = True


class Yield(Part):
    """``numerator / denominator`` (two numeric parameters) in percent must lie in ``percent``."""

    id: Identifier
    title: str = ""
    numerator: Path
    denominator: Path
    percent: Limits
    criticality: Criticality = "KPP"


class Product(Part):
    """What is made."""

    code: Identifier
    name: str
    modality: Literal["car_t", "tcr_t", "hsc_gene_therapy", "other"]


class Test(Part):
    """A release test, independent of market."""

    id: Identifier
    title: str = ""
    method: str = ""
    unit: Unit | None = None
    type: Literal["number", "text", "multiple_choice"] = "number"
    max_occurrences: int = Field(1, ge=1, description="how many tests may be reported, repeats included")


class WeightBand(Part):
    """Limits for patients with ``above < weight <= up_to`` (kg)."""

    above: Decimal = Decimal(0)
    up_to: Decimal | None = None
    limits: Limits


class Alternative(Part):
    """One branch of a disjunction over named results."""

    test: Identifier
    limits: Limits | None = None
    text: tuple[str, ...] = ()


class Criterion(Part):
    """What a market asks of a result. Exactly one of ``limits``, ``bands``, ``text``, ``any_of``."""

    id: Identifier
    test: Identifier | None = Field(None, description="left out only with any_of")
    limits: Limits | None = None
    bands: tuple[WeightBand, ...] = ()
    text: tuple[str, ...] = Field((), description="accepted answers, compared without case or outer space")
    any_of: tuple[Alternative, ...] = ()
    accepts: tuple[Literal["final", "negative_to_date", "pending"], ...] = Field(
        ("final",), description="states in which the result may be at disposition (two-step release)"
    )
    criticality: Criticality = "CQA"
    clause: str = ""


class Market(Part):
    """One evaluation of the lot: the criteria of one market."""

    market: Annotated[str, StringConstraints(pattern=r"^[A-Z]{2}$")]
    criteria: tuple[Criterion, ...] = Field(min_length=1)


class Specification(Part):
    """The release specification; limits differ by market."""

    id: Identifier
    version: str
    weight: Path | None = Field(None, description="parameter that holds the patient's weight in kg")
    tests: tuple[Test, ...] = Field(min_length=1)
    markets: tuple[Market, ...] = Field(min_length=1)


class MasterBatchRecord(Part):
    """What is allowed for one product and process version."""

    format: Literal["onelot-mbr/1"]
    id: Identifier
    version: Version
    title: str
    product: Product
    effective_from: date
    late_entry: timedelta = Field(
        timedelta(minutes=30), description="entered later than this after performed: late"
    )
    verify_within: timedelta = Field(
        timedelta(hours=4), description="a second person verifies at the latest this long after"
    )
    equipment_classes: tuple[EquipmentClass, ...] = ()
    curricula: tuple[Curriculum, ...] = ()
    materials: tuple[Material, ...] = ()
    procedure: Procedure
    series: tuple[Series, ...] = ()
    clocks: tuple[Clock, ...] = ()
    expiry: Expiry | None = None
    identity_points: tuple[IdentityPoint, ...] = ()
    labels: tuple[Label, ...] = ()
    custody_legs: tuple[CustodyLeg, ...] = ()
    yields: tuple[Yield, ...] = ()
    specification: Specification
