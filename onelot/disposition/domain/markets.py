"""The rules of markets as a document: who releases there, and what the record must hold (never constants in code)."""

from __future__ import annotations

from typing import Literal, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from onelot.registry.events import Role


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Statement(_Part):
    """An item that a person states, because no batch record shows it."""

    id: str
    title: str
    owes: tuple[Role, ...] = Field(min_length=1, description="roles that may state it")
    only: Literal["", "cdmo"] = Field("", description="cdmo: only of lots that another organisation makes")


class Exceptional(_Part):
    """Supply of a lot that does not conform, for a named patient."""

    clause: str
    protocol: bool = Field(description="whether an expanded access protocol or IND must be named")
    notice_hours: int = Field(0, ge=0, description="within which the authorities are told; 0: no such clock")


class Basis(_Part):
    """The legal basis of a group of markets."""

    id: str
    title: str
    releases: Literal["qp", "quality_unit"]
    certificate: Literal["qp_certificate", "release_certificate"]
    statement: str = Field(description="what the certificate says")
    wants: tuple[str, ...] = Field(description="statements that belong to the record")
    blocks_without: tuple[str, ...] = Field((), description="statements without which nothing is released")
    reviewer_disposes: bool = Field(description="whether who signed the review may also decide")
    genealogy: Literal["full", "by_exception", "not"] = Field(
        description="which material lots are looked up again at disposition: all, those whose status has changed since "
        "the review, or none"
    )
    quarantine_shipment: bool
    exceptional: Exceptional

    @property
    def release_action(self) -> str:
        """The permission that a release takes: only a QP certifies (Annex 16, Annex 11 clause 15)."""
        return "lot.certify" if self.releases == "qp" else "lot.release"


class MarketRules(_Part):
    """The whole document."""

    format: Literal["onelot-markets/1"]
    statements: tuple[Statement, ...]
    bases: tuple[Basis, ...]
    markets: dict[str, tuple[str, ...]]

    @model_validator(mode="after")
    def _hangs_together(self) -> Self:
        known = {statement.id for statement in self.statements}
        for basis in self.bases:
            if unknown := {*basis.wants, *basis.blocks_without} - known:
                raise ValueError(f"basis {basis.id} names statements that do not exist: {sorted(unknown)}")
            if unknown := set(basis.blocks_without) - set(basis.wants):
                raise ValueError(f"basis {basis.id} is blocked by what it does not want: {sorted(unknown)}")
        if set(self.markets) != {basis.id for basis in self.bases}:
            raise ValueError("every basis has its markets, and every list of markets its basis")
        countries = [country for group in self.markets.values() for country in group]
        if len(countries) != len(set(countries)):
            raise ValueError("a market has one basis")
        return self

    def basis_of(self, market: str) -> Basis | None:
        """The basis of a market; None: nothing is known of it, so nothing can be released there."""
        for basis in self.bases:
            if market in self.markets[basis.id]:
                return basis
        return None

    def markets_of(self, releases: str) -> frozenset[str]:
        """Markets in which ``qp`` or ``quality_unit`` releases."""
        return frozenset(
            market for basis in self.bases if basis.releases == releases for market in self.markets[basis.id]
        )

    def wanted(self, basis: Basis, *, by_cdmo: bool) -> tuple[Statement, ...]:
        """The statements that the record of a lot must hold, in the document's order."""
        return tuple(
            statement for statement in self.statements
            if statement.id in basis.wants and (by_cdmo or statement.only != "cdmo")
        )  # fmt: skip
