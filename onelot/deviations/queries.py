"""How other rooms ask for deviations."""

from __future__ import annotations

from onelot.deviations.models import Deviation


def deviations_of(lot: str) -> list[Deviation]:
    """Every deviation of a lot, the earliest first."""
    return list(Deviation.objects.filter(lot=lot).order_by("opened_at", "number"))


def unassessed(lot: str) -> list[Deviation]:
    """Those whose meaning for the lot nobody has said yet; they stop its disposition."""
    return [deviation for deviation in deviations_of(lot) if deviation.state == "open"]
