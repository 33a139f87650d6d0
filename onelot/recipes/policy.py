"""The review policy as a document: which checks run, how severe, what may be accepted without a person."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, field_validator

from onelot.recipes.model import Identifier, Version

Severity = Literal["critical", "major", "minor", "information"]


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class SeverityRule(_Part):
    """Overrides a check's default severity; the first rule that fits decides."""

    check: str
    variant: str | None = Field(None, description="left out: every variant of the check")
    criticality: Literal["CQA", "CPP", "KPP", "none"] | None = None
    severity: Severity
    reason: str


class AutoAcceptance(_Part):
    """Findings that need no person, each with the justification that is recorded."""

    check: str
    variant: str | None = None
    severities: tuple[Severity, ...] = Field(("information",), min_length=1)
    justification: str = Field(min_length=10)


class Justification(_Part):
    """A justification that was approved beforehand; a reviewer may choose it for the exceptions it is meant for."""

    code: str = Field(pattern=r"^[A-Za-z][A-Za-z0-9_.-]{0,63}$")
    text: str = Field(min_length=10, max_length=2000, description="recorded as the reason of the decision")
    checks: tuple[str, ...] | Literal["all"] = Field("all", description="check ids it may be used for")
    severities: tuple[Severity, ...] = Field(
        ("minor", "information"), min_length=1, description="severities it may be used for"
    )

    def fits(self, check: str, severity: str) -> bool:
        """Whether it may be chosen for an exception of this check and severity."""
        return severity in self.severities and (self.checks == "all" or check in self.checks)


class ReviewPolicy(_Part):
    """An approved, versioned document; its digest is part of every review."""

    format: Literal["onelot-policy/1"]
    id: Identifier
    version: Version
    title: str
    checks: tuple[str, ...] | Literal["all"] = "all"
    not_run: dict[str, str] = Field({}, description="check id: why it is left out")
    severities: tuple[SeverityRule, ...] = ()
    auto_accept: tuple[AutoAcceptance, ...] = ()
    always_to_a_person: tuple[str, ...] = Field(
        (), description="check ids whose findings are never accepted automatically"
    )
    justifications: tuple[Justification, ...] = Field(
        (), description="approved beforehand, to be chosen by reviewers; codes differ"
    )
    minors_become_major: int = Field(3, ge=2, description="so many minors of one check become one major")
    robust_distance: str = Field(
        "4.5", pattern=r"^[0-9]{1,6}(\.[0-9]{1,6})?$", description="robust z beyond which a value is unusual"
    )
    history_lots: int = Field(20, ge=5, description="fewest lots of history for a trend")

    @field_validator("justifications")
    @classmethod
    def _codes_differ(cls, found: tuple[Justification, ...]) -> tuple[Justification, ...]:
        codes = [justification.code for justification in found]
        if len(set(codes)) < len(codes):
            raise ValueError("two justifications have the same code")
        return found
