"""Faults of the release specification."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from decimal import Decimal

from onelot.kernel.said import said
from onelot.kernel.yaml_lines import Path
from onelot.recipes.faults import Fault
from onelot.recipes.model import Alternative, Criterion, MasterBatchRecord, Test, WeightBand
from onelot.recipes.semantics_limits import band_faults, unit_faults


def specification_faults(mbr: MasterBatchRecord) -> Iterator[Fault]:
    """Faults of tests, markets and criteria."""
    specification = mbr.specification
    tests: dict[str, Test] = {}
    for i, test in enumerate(specification.tests):
        here: Path = ("specification", "tests", i)
        if test.id in tests:
            yield Fault("mbr.duplicate_id", here, said("The test {id} is defined twice.", id=repr(test.id)))
        tests[test.id] = test
        if (test.type == "number") != (test.unit is not None):
            what = (
                "A numeric test needs a unit."
                if test.type == "number"
                else said("A {type} test has no unit.", type=test.type)
            )
            yield Fault("mbr.unit_missing", here, what, hint="Write unit: '1' for a pure number.")
        yield from unit_faults(test.unit, (*here, "unit"))
    seen: set[str] = set()
    for m, market in enumerate(specification.markets):
        if market.market in seen:
            yield Fault(
                "mbr.duplicate_id",
                ("specification", "markets", m),
                said("{market} is given twice.", market=market.market),
            )
        seen.add(market.market)
        ids: set[str] = set()
        for c, criterion in enumerate(market.criteria):
            here = ("specification", "markets", m, "criteria", c)
            if criterion.id in ids:
                yield Fault(
                    "mbr.duplicate_id",
                    here,
                    said("The criterion {id} is given twice.", id=repr(criterion.id)),
                )
            ids.add(criterion.id)
            yield from _criterion_faults(criterion, tests, here, weight=specification.weight is not None)


def _criterion_faults(
    criterion: Criterion, tests: dict[str, Test], path: Path, *, weight: bool
) -> Iterator[Fault]:
    ways = [way for way in ("limits", "bands", "text", "any_of") if getattr(criterion, way)]
    if len(ways) != 1:
        yield Fault(
            "mbr.criterion_ways",
            path,
            said(
                "The criterion {id} says in {count} ways what it asks.",
                id=repr(criterion.id),
                count=len(ways),
            ),
            expected="exactly one of limits, bands, text, any_of",
            got=", ".join(ways),
        )
    if criterion.any_of:
        if criterion.test is not None:
            yield Fault(
                "mbr.criterion_ways", (*path, "test"), "With any_of each alternative names its own test."
            )
        for i, alternative in enumerate(criterion.any_of):
            yield from _alternative_faults(alternative, tests, (*path, "any_of", i))
        return
    if criterion.test is None:
        yield Fault(
            "mbr.unknown_name", path, said("The criterion {id} names no test.", id=repr(criterion.id))
        )
        return
    one = Alternative(test=criterion.test, limits=criterion.limits, text=criterion.text)
    if criterion.bands:
        yield from _test_faults(criterion.test, tests, path, numeric=True)
        yield from _weight_band_faults(criterion.bands, (*path, "bands"))
        if not weight:
            yield Fault(
                "mbr.weight_missing",
                (*path, "bands"),
                "Weight bands need the specification's weight parameter.",
            )
    elif len(ways) == 1:
        yield from _alternative_faults(one, tests, path)


def _alternative_faults(alternative: Alternative, tests: dict[str, Test], path: Path) -> Iterator[Fault]:
    if (alternative.limits is None) == (not alternative.text):
        yield Fault("mbr.criterion_ways", path, "An alternative asks either limits or text.")
    yield from band_faults(alternative.limits, (*path, "limits"))
    yield from _test_faults(alternative.test, tests, path, numeric=alternative.limits is not None)


def _test_faults(name: str, tests: dict[str, Test], path: Path, *, numeric: bool) -> Iterator[Fault]:
    if name not in tests:
        yield Fault(
            "mbr.unknown_name",
            (*path, "test"),
            said("The test {name} is not defined in this specification.", name=repr(name)),
            expected=said("one of {tests}", tests=", ".join(tests)),
            got=name,
        )
    elif (tests[name].type == "number") != numeric:
        yield Fault(
            "mbr.criterion_type",
            (*path, "test"),
            said("The test {name} reports {type}.", name=repr(name), type=tests[name].type),
            expected="limits for a number, text for an answer",
        )


def _weight_band_faults(bands: Sequence[WeightBand], path: Path) -> Iterator[Fault]:
    """Bands must follow each other from 0 upwards, without gap or overlap, the last one open above."""
    upto: Decimal | None = Decimal(0)
    for i, band in enumerate(bands):
        yield from band_faults(band.limits, (*path, i, "limits"))
        if band.above != upto:
            yield Fault(
                "mbr.weight_bands", (*path, i), "Weight bands leave a gap or overlap.",
                expected=f"above: {upto}" if upto is not None else "no band after the one without up_to",
                got=f"above: {band.above}",
            )  # fmt: skip
        if band.up_to is not None and band.up_to <= band.above:
            yield Fault("mbr.limits_inverted", (*path, i), "up_to is not more than above.")
        upto = band.up_to
    if upto is not None:
        yield Fault("mbr.weight_bands", path, said("Patients above {upto} kg are in no band.", upto=upto),
                    hint="Leave up_to out of the last band.")  # fmt: skip
