"""A refusal is a document (decision D8): raised by guards, shown to people, never swallowed."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass, replace

_PLACES = 5
"""Places of one and the same fault that are named, beside the first."""


@dataclass(frozen=True)
class Refusal:
    """What was wrong, where, what was expected, what was found, and what to do about it."""

    code: str
    """Stable dotted name, for example ``intake.not_well_formed``."""
    what: str
    """One plain sentence."""
    where: str = ""
    """File, line, cell, element path, or field."""
    expected: str = ""
    got: str = ""
    hint: str = ""
    """What the reader can do next."""

    def __str__(self) -> str:
        parts = [f"{self.where}: {self.what}" if self.where else self.what]
        if self.expected:
            parts.append(f"  expected: {self.expected}")
        if self.got:
            parts.append(f"  got:      {self.got}")
        if self.hint:
            parts.append(f"  hint:     {self.hint}")
        return "\n".join([*parts, f"  [{self.code}]"])

    def as_dict(self) -> dict[str, str]:
        """The refusal as plain JSON-able data, empty fields left out."""
        return {name: str(value) for name, value in asdict(self).items() if value}


class Refused(Exception):  # noqa: N818 - the project's word for it (glossary), not an "Error"
    """One or more refusals; ``refusals`` is never empty."""

    def __init__(self, refusals: Refusal | Iterable[Refusal]) -> None:
        self.refusals: Sequence[Refusal] = (refusals,) if isinstance(refusals, Refusal) else tuple(refusals)
        if not self.refusals:
            raise ValueError("Refused needs at least one refusal")
        super().__init__(told(self.refusals))


def told(refusals: Iterable[Refusal]) -> str:
    """Refusals for people: those that differ in their place only are told once, with the places."""
    places: dict[Refusal, list[str]] = {}
    for refusal in refusals:
        places.setdefault(replace(refusal, where=""), []).append(refusal.where)
    lines = []
    for same, where in places.items():
        lines.append(str(replace(same, where=where[0])))
        if others := [place for place in where[1:] if place]:
            more = f" and {len(others) - _PLACES} more places" if len(others) > _PLACES else ""
            lines.append(f"  the same at {', '.join(others[:_PLACES])}{more}")
    return "\n".join(lines)


def refuse(
    code: str, what: str, *, where: str = "", expected: str = "", got: str = "", hint: str = ""
) -> Refused:
    """Build the exception for one refusal; the caller raises it."""
    return Refused(Refusal(code, what, where, expected, got, hint))
