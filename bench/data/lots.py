"""Archives of lots at scale: one process of 50 phases with 30 readings each, and a few planted defects.

Seeded by the lot's number, so a lot is the same in an archive of 1 or 20,000. One defect of each kind falls
on about one lot in twenty.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa

from onelot.facts.archive_writer import seal, write_parquet
from onelot.facts.schema import TABLES

PHASES, READINGS = 50, 30
MINUTE = 60_000_000
_LOTS_A_FILE = 500
_SITES = ("LEIDEN", "DURHAM")
_UNITS = ("Cel", "%", "mL", "10*6/mL", "[pH]")
_EPOCH = 1_767_225_600_000_000  # 2026-01-01T00:00Z


def phase_path(number: int) -> str:
    """Full path of the phase with this number from 0: ten phases an operation."""
    return f"drug_product/operation_{number // 10 + 1:02}/phase_{number % 10 + 1:02}"


def parameter_path(phase: int, reading: int) -> str:
    """Full path of one reading of a phase."""
    return f"{phase_path(phase)}/reading_{reading + 1:02}"


def needs_second_person(reading: int) -> bool:
    """Every fifth reading is verified by a second person."""
    return reading % 5 == 0


def mbr_document() -> bytes:
    """The master batch record that the lots follow, as YAML."""
    lines = [
        "format: onelot-mbr/1", "id: bench", 'version: "1"', "title: A process of 1,500 readings",
        "product: {code: BENCH, name: Synthetic product, modality: car_t}", "effective_from: 2026-01-01",
        "procedure:", "  id: make", "  unit_procedures:", "    - id: drug_product", "      operations:",
    ]  # fmt: skip
    for phase in range(PHASES):
        if phase % 10 == 0:
            lines += [f"        - id: operation_{phase // 10 + 1:02}", "          phases:"]
        after = f"[{phase_path(phase - 1)}]" if phase else "[]"
        lines += [
            f"            - id: phase_{phase % 10 + 1:02}",
            f"              after: {after}",
            "              parameters:",
        ]
        for reading in range(READINGS):
            verification = "second_person" if needs_second_person(reading) else "none"
            lines.append(
                f"                - {{id: reading_{reading + 1:02}, type: number, "
                f"unit: '{_UNITS[reading % 5]}', criticality: CPP, verification: {verification}, "
                "action: {low: 90.00, high: 110.00}}"
            )
    lines.append("clocks:")
    for phase in range(0, PHASES - 1, 5):
        lines.append(
            f"  - {{id: hold_{phase:02}, starts_on: 'phase:{phase_path(phase)}.end', "
            f"ends_on: 'phase:{phase_path(phase + 1)}.start', max: PT60M}}"
        )
    lines += [
        "specification:", "  id: spec", '  version: "1"', "  tests:", "    - {id: viability, unit: '%'}",
        "  markets:", "    - market: US", "      criteria:",
        "        - {id: viability, test: viability, limits: {low: 70}}",
    ]  # fmt: skip
    return ("\n".join(lines) + "\n").encode()


def lot_number(number: int) -> str:
    """Lot numbers in the order of their numbers."""
    return f"BN26-{number:06}"


def make_archive(root: Path, lots: int) -> None:
    """Write an archive of so many lots as files of 500 lots each, and seal it."""
    for start in range(0, lots, _LOTS_A_FILE):
        facts = lot_facts(start, min(start + _LOTS_A_FILE, lots))
        for name, table in facts.items():
            (root / name).mkdir(parents=True, exist_ok=True)
            write_parquet(root / name / f"part-{start // _LOTS_A_FILE:04}.parquet", table)
    (root / "account_change").mkdir()
    write_parquet(root / "account_change" / "part-0000.parquet", people())
    seal(root)


def lot_facts(start: int, end: int) -> dict[str, pa.Table]:
    """The filled tables of lots ``start`` to ``end - 1``: heads, phases, readings and one test result."""
    lots = np.arange(start, end)
    defects = np.stack([np.random.default_rng([7, number]).integers(0, 1 << 31, 12) for number in lots])
    return {
        "lot": _lots(lots),
        "phase_performed": _phases(lots, defects),
        "parameter_value": _parameters(lots, defects),
        "result": _results(lots),
    }


def _chosen(defects: np.ndarray, kind: int, among: int) -> np.ndarray:
    """Which of ``among`` places a defect of this kind hits in each lot; -1 in nineteen lots of twenty."""
    hit = defects[:, kind] % 20 == 0
    return np.where(hit, (defects[:, kind] // 20) % among, -1)


def _phase_times(lots: np.ndarray, defects: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Start and end of each phase: an hour each, 20 minutes between, but for planted holds and overlaps."""
    gaps = np.full((len(lots), PHASES), 20 * MINUTE)
    hold, overlap = _chosen(defects, 0, 10), _chosen(defects, 1, PHASES - 2)
    rows = np.arange(len(lots))
    gaps[rows[hold >= 0], hold[hold >= 0] * 5 + 1] = 75 * MINUTE
    gaps[rows[overlap >= 0], overlap[overlap >= 0] + 1] = -10 * MINUTE
    gaps[:, 0] = 0
    begin = _EPOCH + lots[:, None] * 60 * MINUTE
    starts = begin + np.cumsum(gaps, axis=1) + np.arange(PHASES)[None, :] * 60 * MINUTE
    return starts, starts + 60 * MINUTE


def _lots(lots: np.ndarray) -> pa.Table:
    return _table(
        "lot",
        len(lots),
        lot=[lot_number(number) for number in lots],
        coi_identifier=[f"COI-{number:08}" for number in lots],
        product="BENCH",
        mbr="bench",
        mbr_version="1",
        site=[_SITES[number % 2] for number in lots],
        intended_market="US",
        opened_us=_EPOCH + lots * 60 * MINUTE,
        position=1,
    )


def _phases(lots: np.ndarray, defects: np.ndarray) -> pa.Table:
    starts, ends = _phase_times(lots, defects)
    count = len(lots) * PHASES
    return _table(
        "phase_performed",
        count,
        lot=_repeated([lot_number(number) for number in lots], PHASES),
        phase=_tiled([phase_path(phase) for phase in range(PHASES)], len(lots)),
        occurrence=1,
        state="completed",
        started_us=starts.ravel(),
        ended_us=ends.ravel(),
        entered_us=ends.ravel() + MINUTE,
        location=_repeated([f"SUITE-{number % 12:02}" for number in lots], PHASES),
        performed_by=_repeated([f"operator_{number % 120:03}" for number in lots], PHASES),
        nth=1,
        position=np.tile(2 + np.arange(PHASES) * (READINGS + 1), len(lots)),
    )


def _parameters(lots: np.ndarray, defects: np.ndarray) -> pa.Table:
    each = PHASES * READINGS
    starts, _ = _phase_times(lots, defects)
    number = np.arange(each)
    values = np.stack([np.random.default_rng([11, lot]).normal(100.0, 1.5, each) for lot in lots]).round(2)
    rows = np.arange(len(lots))
    outside = _chosen(defects, 2, each)
    values[rows[outside >= 0], outside[outside >= 0]] = 110.01
    seconds = np.stack([np.random.default_rng([13, lot]).integers(0, 60, each) for lot in lots])
    performed = np.repeat(starts, READINGS, axis=1) + np.tile(np.arange(READINGS), PHASES)[None, :] * MINUTE
    performed += seconds * 1_000_000
    verified = np.broadcast_to(number % READINGS % 5 == 0, values.shape).copy()
    unverified = _chosen(defects, 3, each // 5)
    verified[rows[unverified >= 0], unverified[unverified >= 0] * 5] = False
    keep = np.ones(values.shape, bool)
    missing = _chosen(defects, 4, each)
    keep[rows[missing >= 0], missing[missing >= 0]] = False
    table = _table(
        "parameter_value",
        values.size,
        lot=_repeated([lot_number(lot) for lot in lots], each),
        phase=_tiled(np.repeat([phase_path(phase) for phase in range(PHASES)], READINGS).tolist(), len(lots)),
        parameter=_tiled(
            [parameter_path(phase, reading) for phase in range(PHASES) for reading in range(READINGS)],
            len(lots),
        ),
        occurrence=1,
        status="recorded",
        text=[f"{value:.2f}" for value in values.ravel().tolist()],
        value=values.ravel(),
        unit=_tiled([_UNITS[reading % 5] for reading in range(READINGS)] * PHASES, len(lots)),
        performed_us=performed.ravel(),
        entered_us=performed.ravel() + MINUTE // 2,
        device=_repeated([f"DEVICE-{lot % 25:02}" for lot in lots], each),
        performed_by=_repeated([f"operator_{lot % 120:03}" for lot in lots], each),
        verified_by=_where(verified, [f"checker_{lot % 120:03}" for lot in lots]),
        verified_us=pa.array((performed + 5 * MINUTE).ravel(), mask=~verified.ravel()),
        verification=_where(verified, ["person"] * len(lots)),
        verified_after_us=pa.array(np.full(values.size, 5 * MINUTE), mask=~verified.ravel()),
        second_person=verified.ravel().astype(np.int64),
        nth=1,
        position=np.tile(3 + number + number // READINGS, len(lots)),
    )
    return table.filter(pa.array(keep.ravel()))


def _results(lots: np.ndarray) -> pa.Table:
    return _table(
        "result", len(lots), lot=[lot_number(number) for number in lots], test="viability",
        sample="S1", occurrence=1, status="final", text="91.0", value=91.0, unit="%", analyst="analyst_1",
        reviewed_by="analyst_2", sampled_us=_EPOCH + lots * 60 * MINUTE, tested_us=_EPOCH + (lots + 2) * 60 * MINUTE,
        reviewed_us=_EPOCH + (lots + 3) * 60 * MINUTE, reported_us=_EPOCH + (lots + 4) * 60 * MINUTE, position=1_600,
    )  # fmt: skip


def people() -> pa.Table:
    """Everybody's account, enabled before the first lot."""
    names = [f"{role}_{number:03}" for role in ("operator", "checker") for number in range(120)]
    names += ["analyst_1", "analyst_2"]
    return _table(
        "account_change", len(names), person=names, change="enabled", changed_us=_EPOCH - 60 * MINUTE,
        position=np.arange(len(names)) + 10_000_000,
    )  # fmt: skip


def _table(name: str, rows: int, **columns: Any) -> pa.Table:
    arrays = []
    for field in TABLES[name]:
        given = columns.get(field.name)
        if isinstance(given, pa.Array | pa.ChunkedArray):
            arrays.append(given.cast(field.type))
        elif isinstance(given, list | np.ndarray):
            arrays.append(pa.array(given, field.type))
        elif given is not None or field.nullable:
            arrays.append(pa.repeat(pa.scalar(given, field.type), rows))
        else:
            arrays.append(pa.repeat(pa.scalar("" if field.type == pa.string() else 0, field.type), rows))
    return pa.Table.from_arrays(arrays, schema=TABLES[name])


def _coded(indices: np.ndarray, values: list[str]) -> pa.Array:
    return pa.DictionaryArray.from_arrays(pa.array(indices, pa.int32()), pa.array(values)).cast(pa.string())


def _repeated(values: list[str], times: int) -> pa.Array:
    return _coded(np.repeat(np.arange(len(values)), times), values)


def _tiled(values: list[str], times: int) -> pa.Array:
    return _coded(np.tile(np.arange(len(values)), times), values)


def _where(chosen: np.ndarray, values: list[str]) -> pa.Array:
    """Each lot's value where chosen, else empty."""
    indices = np.where(chosen, np.arange(len(values))[:, None], len(values))
    return _coded(indices.ravel(), [*values, ""])
