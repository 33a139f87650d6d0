"""The review policy as a document: which checks run, how severe, what may be accepted without a person."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

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


class ReviewPolicy(_Part):
    """An approved, versioned document; its digest is part of every review."""

    format: Literal["onelot-policy/1"]
    id: str
    version: str
    title: str
    checks: tuple[str, ...] | Literal["all"] = "all"
    not_run: dict[str, str] = Field({}, description="check id: why it is left out")
    severities: tuple[SeverityRule, ...] = ()
    auto_accept: tuple[AutoAcceptance, ...] = ()
    always_to_a_person: tuple[str, ...] = Field(
        (), description="check ids whose findings are never accepted automatically"
    )
    minors_become_major: int = Field(3, ge=2, description="so many minors of one check become one major")
    robust_distance: str = Field("4.5", description="robust z beyond which a value is unusual")
    history_lots: int = Field(20, ge=5, description="fewest lots of history for a trend")
