"""Defects of materials: identity, status, quantity, balance. The material lot concerned serves no other lot."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal

import msgspec

from onelot.execution.events import MaterialUsed
from onelot.simulation.defects.catalogue import plants
from onelot.simulation.defects.workbench import Workbench
from onelot.supply.events import MaterialLotStatusChanged, MaterialStatus

_BOUGHT = {"reagent", "consumable", "vector"}


def _kinds(work: Workbench) -> dict[str, str]:
    return {material.id: material.kind for material in work.plan.mbr.materials}


def _reagent(work: Workbench) -> MaterialUsed:
    """A consumption of a bought material."""
    kinds = _kinds(work)
    return work.pick(MaterialUsed, lambda e: e.use == "consumed" and kinds.get(e.material) in _BOUGHT)


def _own_lot(work: Workbench) -> MaterialUsed:
    """Let every movement of one bought material name a lot that no other patient's lot uses."""
    material = _reagent(work).material
    name = f"{material.upper()}-X{work.plan.index:05d}"
    changed = [
        work.change(event, material_lot=name)
        for event in work.of(MaterialUsed, lambda e: e.material == material)
    ]
    return min((use for use in changed if use.use == "consumed"), key=lambda use: use.used_at)


def _status(
    work: Workbench,
    use: MaterialUsed,
    status: MaterialStatus,
    *,
    days: int,
    expires: int | None,
    material: str = "",
) -> None:
    """A status of the used lot, so many days after its first use; it expires so many days after that use."""
    work.record.site_events.append(
        MaterialLotStatusChanged(
            material=material or use.material, material_lot=use.material_lot, status=status,
            changed_at=use.used_at + timedelta(days=days),
            expiry_at=None if expires is None else use.used_at + timedelta(days=expires), supplier="Example Supplies",
        )
    )  # fmt: skip


@plants("MAT-STATUS", "unknown_lot")
def material_lot_unknown(work: Workbench) -> str:
    """A material lot of which nothing is on file."""
    return _own_lot(work).material


@plants("MAT-STATUS", "other_material")
def material_lot_of_another_material(work: Workbench) -> str:
    """A material lot that is on file as another material: the wrong bottle."""
    use = _own_lot(work)
    _status(work, use, "released", days=-9, expires=99, material="saline")
    return use.material


@plants("MAT-STATUS", "used_before_released")
def used_before_release(work: Workbench) -> str:
    """A material used before its lot was released."""
    use = _own_lot(work)
    _status(work, use, "quarantine", days=-9, expires=99)
    _status(work, use, "released", days=30, expires=99)
    return use.material


@plants("MAT-STATUS", "not_released")
def never_released(work: Workbench) -> str:
    """A material used whose lot was never released."""
    use = _own_lot(work)
    _status(work, use, "quarantine", days=-9, expires=99)
    return use.material


@plants("MAT-STATUS", "rejected")
def rejected_material(work: Workbench) -> str:
    """A material used whose lot had been rejected."""
    use = _own_lot(work)
    _status(work, use, "released", days=-9, expires=99)
    _status(work, use, "rejected", days=-1, expires=99)
    return use.material


@plants("MAT-STATUS", "expired")
def expired_material(work: Workbench) -> str:
    """A material used after its expiry."""
    use = _own_lot(work)
    _status(work, use, "released", days=-99, expires=-1)
    return use.material


@plants("MAT-STATUS", "expiry_unknown")
def expiry_unknown(work: Workbench) -> str:
    """A material lot without an expiry on file."""
    use = _own_lot(work)
    if _kinds(work)[use.material] == "consumable":
        work.choose([])
    _status(work, use, "released", days=-9, expires=None)
    return use.material


@plants("MAT-IDENTITY", "not_in_mbr", "CMP-EXTRA", "MAT-STATUS")
def material_not_in_mbr(work: Workbench) -> str:
    """A material that the master batch record does not know."""
    use = _reagent(work)
    work.add(msgspec.structs.replace(use, material="dnase", material_lot="DNASE-1", quantity="1"))
    return "dnase"


@plants("CMP-EXTRA", "material", "MAT-IDENTITY", "MAT-STATUS", "TPV-SECOND-PERSON", "REC-MATERIAL")
def extra_material(work: Workbench) -> str:
    """A material that the master batch record names for other phases only."""
    return _elsewhere(work)


@plants("MAT-IDENTITY", "wrong_phase", "CMP-EXTRA", "MAT-STATUS", "TPV-SECOND-PERSON", "REC-MATERIAL")
def material_in_wrong_phase(work: Workbench) -> str:
    """A material consumed in a phase for which it is not named."""
    return _elsewhere(work)


def _elsewhere(work: Workbench) -> str:
    balanced = {material.id for material in work.plan.mbr.materials if material.reconciliation}
    use = _reagent(work)
    if use.material in balanced:
        work.choose([])
    other = work.choose(
        work.phases(
            lambda placed: (
                placed.name not in work.plan.product.clinic_phases
                and use.material not in {need.material for need in placed.phase.materials}
            )
        )
    )
    run = work.run(other.name)
    assert run.started_at is not None
    at = run.started_at + timedelta(minutes=4)
    work.add(
        msgspec.structs.replace(
            use,
            phase=other.name,
            used_at=at,
            entered_at=at,
            verified_at=None,
            verified_by="",
            verification=None,
        )
    )
    return use.material


@plants("MAT-IDENTITY", "lot_missing", "MAT-STATUS")
def material_lot_missing(work: Workbench) -> str:
    """A material used without its lot number."""
    use = _reagent(work)
    work.change(use, material_lot="")
    return use.material


@plants("MAT-IDENTITY", "two_lots", "MAT-STATUS", "REC-MATERIAL")
def two_vector_lots(work: Workbench) -> str:
    """Two lots of a material of which one only is allowed."""
    single = {material.id for material in work.plan.mbr.materials if material.single_lot}
    use = work.pick(MaterialUsed, lambda e: e.use == "consumed" and e.material in single)
    half = str((Decimal(use.quantity) / 2).quantize(Decimal("0.1")))
    rest = str(Decimal(use.quantity) - Decimal(half))
    changed = work.change(use, quantity=half)
    second = msgspec.structs.replace(
        changed, quantity=rest, material_lot=f"{use.material.upper()}-X{work.plan.index:05d}"
    )
    work.add(second)
    _status(work, second, "released", days=-9, expires=99)
    return use.material


@plants("MAT-QUANTITY", "outside", "REC-MATERIAL")
def quantity_outside(work: Workbench) -> str:
    """Far more of a material than foreseen."""
    use = _reagent(work)
    need = next(
        need for placed in work.phases() if placed.name == use.phase for need in placed.phase.materials
        if need.material == use.material
    )  # fmt: skip
    if need.quantity is None or need.quantity.high is None:
        work.choose([])
    assert need.quantity is not None
    assert need.quantity.high is not None
    work.change(use, quantity=str(need.quantity.high + 1))
    return use.material


@plants("MAT-QUANTITY", "not_a_number", "REC-MATERIAL")
def quantity_not_a_number(work: Workbench) -> str:
    """A quantity in words."""
    use = _reagent(work)
    work.change(use, quantity="one vial")
    return use.material


@plants("MAT-QUANTITY", "unit", "REC-MATERIAL")
def quantity_in_another_unit(work: Workbench) -> str:
    """A quantity in a unit that does not convert."""
    use = _reagent(work)
    work.change(use, unit="min")
    return use.material


def _balanced(work: Workbench, use: str) -> MaterialUsed:
    balanced = {material.id for material in work.plan.mbr.materials if material.reconciliation}
    return work.pick(MaterialUsed, lambda e: e.material in balanced and e.use == use)


@plants("REC-MATERIAL", "outside")
def balance_open(work: Workbench) -> str:
    """Material that was taken and is not accounted for."""
    wasted = _balanced(work, "wasted")
    work.remove(wasted)
    return wasted.material


@plants("REC-MATERIAL", "nothing_received")
def nothing_received(work: Workbench) -> str:
    """Material that went out without ever having come in."""
    received = _balanced(work, "received")
    for event in work.of(MaterialUsed, lambda e: e.material == received.material and e.use == "received"):
        work.remove(event)
    return received.material


@plants("REC-MATERIAL", "missing", "CMP-MISSING-ENTRY", "MAT-QUANTITY")
def no_movement(work: Workbench) -> str:
    """A material that must be balanced, without any movement."""
    received = _balanced(work, "received")
    for event in work.of(MaterialUsed, lambda e: e.material == received.material):
        work.remove(event)
    return received.material


@plants("REC-MATERIAL", "not_a_number", "MAT-QUANTITY")
def balance_not_a_number(work: Workbench) -> str:
    """A quantity in words, so that the balance cannot be made."""
    wasted = _balanced(work, "wasted")
    work.change(wasted, quantity="rest")
    return wasted.material


@plants("REC-MATERIAL", "unit", "MAT-QUANTITY")
def balance_in_another_unit(work: Workbench) -> str:
    """A quantity whose unit does not convert, so that the balance cannot be made."""
    wasted = _balanced(work, "wasted")
    work.change(wasted, unit="min")
    return wasted.material
