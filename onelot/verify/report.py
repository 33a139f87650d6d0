"""What a verification found: faults with the part that they are in, warnings, and who signed what."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from typing import Any


@dataclass(frozen=True)
class Fault:
    """One thing that is wrong."""

    part: str
    """What it is in: ``page 3``, ``attachment NAME``, ``entry 17``, ``checkpoint``, ``seal``, ``map`` ..."""
    what: str


@dataclass(frozen=True)
class Signed:
    """One electronic signature that the record holds (21 CFR 11.50)."""

    position: int
    name: str
    person: str
    meaning: str
    time: str
    """RFC 3339, in UTC."""
    time_zone: str
    content: str
    """SHA-256 of what was signed."""


@dataclass
class Report:
    """The verdict on one file."""

    kind: str
    facts: dict[str, str] = field(default_factory=dict)
    """What was checked, for people: lot, ledger, number of entries, certificate."""
    signatures: list[Signed] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)
    faults: list[Fault] = field(default_factory=list)

    def fault(self, part: str, what: str) -> None:
        """Add a fault, once."""
        found = Fault(part, what)
        if found not in self.faults:
            self.faults.append(found)

    def as_dict(self) -> dict[str, Any]:
        """Plain data for ``--json``."""
        return {"verdict": "altered" if self.faults else "unaltered", **asdict(self)}

    def text(self) -> str:
        """The verdict for people."""
        lines = [f"{name + ':':<14} {value}" for name, value in self.facts.items()]
        if self.signatures:
            lines += ["", "Signatures:"]
            lines += [
                f"  entry {signed.position}: {signed.name} ({signed.person}), {signed.meaning}, {signed.time}"
                f" (shown in {signed.time_zone}), content {signed.content}"
                for signed in self.signatures
            ]
        lines += ["", *(f"Warning: {warning}" for warning in self.warnings)] if self.warnings else []
        lines += (
            ["", *(f"ALTERED {fault.part}: {fault.what}" for fault in self.faults)] if self.faults else []
        )
        lines += ["", f"Not as it was made: {len(self.faults)} faults." if self.faults else "Unaltered."]
        return "\n".join(_visible(line) for line in lines)


def _visible(line: str) -> str:
    """No record can steer a terminal: what is not printable is shown as its code."""
    return "".join(c if c.isprintable() else f"\\u{ord(c):04x}" for c in line)
