"""The network: clinics, sites, products and how each product's process runs there. Read from YAML."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from onelot.intake.tabular.mapping import Mapping, load_mapping
from onelot.kernel.refusals import Refusal, Refused
from onelot.kernel.yaml_lines import read_yaml
from onelot.recipes.document import LoadedMbr, load_mbr

Hours = tuple[float, float]


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Clinic(_Part):
    """Where patients are treated, and for which market."""

    id: str
    zone: str
    market: str


class Site(_Part):
    """Where lots are made, and in which form its records arrive."""

    id: str
    organisation: str
    kind: Literal["plant", "cdmo"]
    zone: str
    suites: int = Field(ge=1)
    format: Literal["b2mml", "json", "csv", "xlsx"]
    mapping: Path | None = Field(None, description="csv and xlsx: how its tables are laid out")


class Transport(_Part):
    """A custody leg: between two phases, or for some hours after one."""

    after: str
    before: str | None = None
    hours: Hours = (8, 24)


class SeriesCourse(_Part):
    """A series runs during a custody leg or a phase, around a mean."""

    during: str
    mean: float
    sd: float


class Product(_Part):
    """A product's process as it runs: which quantity of the patient's cells each entry shows, and how long it takes."""

    code: str
    mbr: Path
    share: int = Field(ge=1, description="lots of this product in proportion to the others'")
    sites: tuple[str, ...]
    clinic_phases: tuple[str, ...]
    durations: dict[str, Hours] = {}
    waits: dict[str, Hours] = {}
    custody: dict[str, Transport] = {}
    series: dict[str, SeriesCourse] = {}
    identity: dict[str, str] = {}
    labels: dict[str, str] = {}
    values: dict[str, str] = {}
    results: dict[str, str] = {}
    sampled_in: str
    turnaround_days: dict[str, int] = {}


class _NetworkFile(_Part):
    format: Literal["onelot-network/1"]
    title: str
    starts: date
    clinics: tuple[Clinic, ...]
    sites: tuple[Site, ...]
    products: tuple[Product, ...]


@dataclass(frozen=True)
class Network:
    """The network with the MBR of each product, by product code."""

    title: str
    starts: date
    clinics: tuple[Clinic, ...]
    sites: dict[str, Site]
    products: tuple[Product, ...]
    mbrs: dict[str, LoadedMbr]
    mappings: dict[str, Mapping]
    """How the tables of a site are laid out, by site."""


def load_network(folder: Path) -> Network:
    """Read ``network.yaml`` in ``folder`` and the MBRs it names. Raises Refused."""
    path = folder / "network.yaml"
    document = read_yaml(path.read_bytes(), path.name)
    try:
        file = _NetworkFile.model_validate(document.value)
    except ValidationError as error:
        raise Refused(
            Refusal("network.fault", fault["msg"], document.where(tuple(fault["loc"])))
            for fault in error.errors()
        ) from error
    return Network(
        title=file.title,
        starts=file.starts,
        clinics=file.clinics,
        sites={site.id: site for site in file.sites},
        products=file.products,
        mbrs={
            product.code: load_mbr((folder / product.mbr).read_bytes(), str(product.mbr))
            for product in file.products
        },
        mappings={
            site.id: load_mapping((folder / site.mapping).read_bytes(), str(site.mapping)).mapping
            for site in file.sites
            if site.mapping is not None
        },
    )
