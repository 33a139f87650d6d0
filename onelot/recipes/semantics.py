"""What a well-formed MBR must still fulfil: names that exist, one meaning for each, an order that can be kept."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from onelot.kernel.said import said, word
from onelot.kernel.yaml_lines import Path
from onelot.recipes.faults import Fault
from onelot.recipes.model import Clock, MasterBatchRecord
from onelot.recipes.semantics_limits import limit_faults
from onelot.recipes.semantics_specification import specification_faults
from onelot.recipes.walk import PlacedPhase, phases


def faults_of(mbr: MasterBatchRecord) -> list[Fault]:
    """Every fault that the shape of the document does not show, in the order of the document's parts."""
    placed = list(phases(mbr))
    return [
        *_duplicates(mbr, placed),
        *_unknown_names(mbr, placed),
        *_order(placed),
        *_clocks(mbr, placed),
        *_expiry(mbr, placed),
        *limit_faults(mbr, placed),
        *specification_faults(mbr),
    ]


def _repeated(names: Iterable[tuple[str, Path]], kind: str) -> Iterator[Fault]:
    seen: set[str] = set()
    for name, path in names:
        if name in seen:
            yield Fault(
                "mbr.duplicate_id",
                path,
                said("The {kind} {name} is defined twice.", kind=word(kind), name=repr(name)),
            )
        seen.add(name)


def _duplicates(mbr: MasterBatchRecord, placed: list[PlacedPhase]) -> Iterator[Fault]:
    yield from _repeated(((name, path) for name, path, _ in placed), "phase")
    for _, path, phase in placed:
        yield from _repeated(
            ((item.id, (*path, "parameters", i)) for i, item in enumerate(phase.parameters)), "parameter"
        )
        yield from _repeated(
            ((item.material, (*path, "materials", i)) for i, item in enumerate(phase.materials)), "material"
        )
    for kind in (
        "equipment_classes", "curricula", "materials", "series", "clocks", "identity_points", "labels",
        "custody_legs", "yields",
    ):  # fmt: skip
        yield from _repeated(((item.id, (kind, i)) for i, item in enumerate(getattr(mbr, kind))), kind)


def _unknown(name: str, known: Iterable[str], path: Path, kind: str) -> Iterator[Fault]:
    names = sorted(set(known))
    if name not in names:
        yield Fault(
            "mbr.unknown_name",
            path,
            said(
                "The {kind} {name} is not defined in this master batch record.",
                kind=word(kind),
                name=repr(name),
            ),
            expected=said(
                "one of {names}{more}", names=", ".join(names[:12]), more=" ..." if len(names) > 12 else ""
            )
            if names
            else "",
            got=name,
            hint=said("Define the {kind}, or mend the spelling.", kind=word(kind)),
        )


def _unknown_names(mbr: MasterBatchRecord, placed: list[PlacedPhase]) -> Iterator[Fault]:
    names = [name for name, _, _ in placed]
    classes = [item.id for item in mbr.equipment_classes]
    curricula = [item.id for item in mbr.curricula]
    materials = [item.id for item in mbr.materials]
    for _, path, phase in placed:
        for i, before in enumerate(phase.after):
            yield from _unknown(before, names, (*path, "after", i), "phase")
        for i, equipment in enumerate(phase.equipment):
            yield from _unknown(equipment, classes, (*path, "equipment", i), "equipment class")
        for i, curriculum in enumerate(phase.training):
            yield from _unknown(curriculum, curricula, (*path, "training", i), "curriculum")
        for i, need in enumerate(phase.materials):
            yield from _unknown(need.material, materials, (*path, "materials", i, "material"), "material")
    numbers = [
        f"{name}/{parameter.id}"
        for name, _, phase in placed
        for parameter in phase.parameters
        if parameter.type in ("number", "integer")
    ]
    for i, item in enumerate(mbr.yields):
        for end in ("numerator", "denominator"):
            yield from _unknown(getattr(item, end), numbers, ("yields", i, end), "numeric parameter")
    if mbr.specification.weight is not None:
        yield from _unknown(
            mbr.specification.weight, numbers, ("specification", "weight"), "numeric parameter"
        )


def _order(placed: list[PlacedPhase]) -> Iterator[Fault]:
    """A phase that must come after itself, directly or through others, can never run."""
    after = {name: phase.after for name, _, phase in placed}
    paths = {name: path for name, path, _ in placed}
    done: set[str] = set()
    for start in after:
        trail: list[str] = []
        stack = [(start, 0)]
        while stack:
            name, depth = stack.pop()
            del trail[depth:]
            if name in trail:
                circle = " after ".join([*trail[trail.index(name) :], name])
                yield Fault(
                    "mbr.order_circle",
                    (*paths[name], "after"),
                    said("The order is a circle: {circle}.", circle=circle),
                )
                return
            if name in done or name not in after:
                continue
            trail.append(name)
            stack += [(before, depth + 1) for before in after[name]]
        done.add(start)


def _points(mbr: MasterBatchRecord, placed: list[PlacedPhase]) -> set[str]:
    return {
        *(f"phase:{name}.{end}" for name, _, _ in placed for end in ("start", "end")),
        *(f"parameter:{name}/{item.id}" for name, _, phase in placed for item in phase.parameters),
        *(f"custody:{leg.id}.{end}" for leg in mbr.custody_legs for end in ("released", "received")),
        *(f"identity:{point.id}" for point in mbr.identity_points),
    }


def _clocks(mbr: MasterBatchRecord, placed: list[PlacedPhase]) -> Iterator[Fault]:
    known = _points(mbr, placed)
    for i, clock in enumerate(mbr.clocks):
        for end in ("starts_on", "ends_on"):
            point = getattr(clock, end)
            if point not in known:
                yield Fault(
                    "mbr.unknown_point",
                    ("clocks", i, end),
                    "A clock runs between two points of this master batch record; this is none.",
                    expected="phase:PATH.start, phase:PATH.end, parameter:PATH, custody:LEG.released, "
                    "custody:LEG.received or identity:POINT, of something defined here",
                    got=point,
                )
        yield from _clock_limits(clock, ("clocks", i))


def _expiry(mbr: MasterBatchRecord, placed: list[PlacedPhase]) -> Iterator[Fault]:
    if mbr.expiry is not None and mbr.expiry.starts_on not in _points(mbr, placed):
        yield Fault(
            "mbr.unknown_point",
            ("expiry", "starts_on"),
            "A shelf life is counted from a phase of this master batch record; this is none.",
            expected="phase:PATH.start or phase:PATH.end, of a phase defined here",
            got=mbr.expiry.starts_on,
        )


def _clock_limits(clock: Clock, path: Path) -> Iterator[Fault]:
    if clock.min is None and clock.max is None:
        yield Fault("mbr.clock_without_limit", path, "A clock needs min, max or both.")
    if clock.min is not None and clock.max is not None and clock.min > clock.max:
        yield Fault("mbr.limits_inverted", (*path, "min"), "min is longer than max.")
    if clock.alert is not None and (clock.max is None or clock.alert > clock.max):
        yield Fault("mbr.alert_outside_action", (*path, "alert"), "The alert is not shorter than max.")
