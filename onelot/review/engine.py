"""Review by exception: a pure function of facts, master batch record and policy (decision D4).

``Reviewer`` keeps an embedded DuckDB with the limits loaded and every statement prepared, so that one lot costs
milliseconds. The same statements run over an archive by ``onelot.review.run``.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Protocol

import pyarrow as pa
import pyarrow.compute as pc

from onelot import __version__
from onelot.facts.order import in_order
from onelot.facts.schema import LOT_TABLES, TABLES
from onelot.kernel.canonical import digest
from onelot.kernel.refusals import Refusal, Refused
from onelot.recipes.compile import limit_tables
from onelot.recipes.document import LoadedMbr, LoadedPolicy
from onelot.recipes.model import Expiry
from onelot.review.checks import catalogue
from onelot.review.coverage import CoverageOf
from onelot.review.embedded import EmbeddedRun
from onelot.review.findings import FindingWriter, check_policy, left_out, order
from onelot.review.headers import Check
from onelot.review.run import Row
from onelot.review.steps import steps
from onelot.review.titles import titles
from onelot.review.verdict import CheckRun, LotVerdict, Verdict

_NO_DATA_POINTS = ("lot", "provenance")


class Baseline(Protocol):
    """What a process usually gives, fitted from its closed lots."""

    @property
    def digest(self) -> str:
        """SHA-256 of its canonical form."""

    @property
    def canonical(self) -> bytes:
        """The bytes that the digest is of."""

    @property
    def tables(self) -> Mapping[str, pa.Table]:
        """The ``baseline_*`` tables."""


def engine_version() -> str:
    """Version of the program, and a digest of every statement that takes part in a review."""
    texts = "".join(part.digest for part in (*steps(), *catalogue()))
    return f"onelot {__version__} rules {digest(texts.encode())[:16]}"


class Reviewer:
    """Reviews lots of one MBR under one policy. Reusable; for one thread at a time.

    Raises Refused (``review.policy_unknown_check``) for a policy that names what does not exist.
    """

    def __init__(self, mbr: LoadedMbr, policy: LoadedPolicy, baseline: Baseline | None = None) -> None:
        check_policy(policy.policy, catalogue())
        self._mbr = mbr
        self._policy = policy
        self._baseline = baseline
        self._limits = limit_tables(mbr.mbr)
        self._left_out = {
            check.id: why for check in catalogue() if (why := left_out(policy.policy, check.id)) is not None
        }
        self._run = EmbeddedRun(
            [check for check in catalogue() if check.id not in self._left_out],
            self._limits,
            robust_distance=float(policy.policy.robust_distance),
            history_lots=policy.policy.history_lots,
            baseline=baseline.tables if baseline else {},
        )
        self._writer = FindingWriter(catalogue(), policy.policy, titles(self._limits))
        self._coverage = CoverageOf(self._limits)

    @property
    def expiry(self) -> Expiry | None:
        """From when the MBR counts the shelf life of its product."""
        return self._mbr.mbr.expiry

    @property
    def mbr_digest(self) -> str:
        """SHA-256 of the canonical MBR."""
        return self._mbr.digest

    @property
    def policy_digest(self) -> str:
        """SHA-256 of the canonical policy."""
        return self._policy.digest

    @property
    def baseline_document(self) -> bytes:
        """The canonical baseline, which its digest names; empty without one."""
        return self._baseline.canonical if self._baseline else b""

    def review(self, facts: Mapping[str, pa.Table]) -> Verdict:
        """Judge every lot of ``facts`` (tables of ``onelot.facts.schema.TABLES``, rows in any order).

        The same facts give the same canonical bytes, however their rows are ordered, and a lot's verdict does
        not depend on the other lots in ``facts``. Raises Refused (``review.bad_facts``).
        """
        _check_facts(facts)
        rows, failed = self._run.rows(facts)
        by_lot: dict[str, list[Row]] = {lot: [] for lot in sorted(pc.unique(facts["lot"]["lot"]).to_pylist())}
        for row in rows:
            by_lot[row.lot].append(row)
        apart = _apart(facts, [*by_lot]) if len(by_lot) > 1 else {}
        mbr, policy = self._mbr.mbr, self._policy.policy
        return Verdict(
            engine=engine_version(),
            mbr=mbr.id,
            mbr_version=mbr.version,
            mbr_digest=self._mbr.digest,
            policy=policy.id,
            policy_version=policy.version,
            policy_digest=self._policy.digest,
            baseline_digest=self._baseline.digest if self._baseline else "",
            lots=tuple(
                self._lot(
                    lot, {**facts, **{name: rows[lot] for name, rows in apart.items()}}, lot_rows, failed
                )
                for lot, lot_rows in by_lot.items()
            ),
        )

    def _lot(
        self, lot: str, facts: Mapping[str, pa.Table], rows: list[Row], failed: Mapping[str, str]
    ) -> LotVerdict:
        findings = self._writer.write(rows, _places(facts["provenance"], rows))
        found: dict[str, int] = {}
        for finding in findings:
            found[finding.check] = found.get(finding.check, 0) + 1
        runs, ran = [], []
        for check in catalogue():
            run = self._check_run(check, facts, found.get(check.id, 0), failed)
            runs.append(run)
            if run.status == "ran":
                ran.append(check)
            elif run.status == "could_not_run":
                findings.append(self._writer.could_not_run(lot, check, run.why))
        head = facts["lot"].sort_by([("position", "ascending"), ("completed_position", "ascending")])
        first = head.slice(0, 1).to_pylist()[0]
        return LotVerdict(
            lot=lot,
            coi_identifier=first["coi_identifier"],
            product=first["product"],
            site=first["site"],
            intended_market=first["intended_market"],
            data_points=sum(facts[name].num_rows for name in LOT_TABLES if name not in _NO_DATA_POINTS),
            findings=tuple(sorted(findings, key=order)),
            checks=tuple(runs),
            coverage=self._coverage.of(facts, ran),
        )

    def _check_run(
        self, check: Check, facts: Mapping[str, pa.Table], found: int, failed: Mapping[str, str]
    ) -> CheckRun:
        inputs = {name: facts[name].num_rows for name in check.reads}
        if (why := self._left_out.get(check.id)) is not None:
            return CheckRun(check=check.id, status="left_out", inputs=inputs, findings=0, why=why)
        if (why := failed.get(check.id)) is not None:
            return CheckRun(check=check.id, status="could_not_run", inputs=inputs, findings=0, why=why)
        if check.applies_if and not any(self._limits[name].num_rows for name in check.applies_if):
            why = "the master batch record asks for nothing that this check looks at"
            return CheckRun(check=check.id, status="nothing_to_check", inputs=inputs, findings=found, why=why)
        for need in check.needs:
            if self._limits[need.when].num_rows and not facts[need.table].num_rows:
                return CheckRun(
                    check=check.id, status="could_not_run", inputs=inputs, findings=found, why=need.why
                )
        return CheckRun(check=check.id, status="ran", inputs=inputs, findings=found)


def _check_facts(facts: Mapping[str, pa.Table]) -> None:
    wrong = [
        Refusal(
            "review.bad_facts",
            "A fact table is missing or has other columns.",
            where=name,
            expected=", ".join(schema.names),
            got=", ".join(facts[name].schema.names) if name in facts else "no such table",
        )
        for name, schema in TABLES.items()
        if name not in facts or not facts[name].schema.equals(schema)
    ]
    if wrong:
        raise Refused(wrong)


def _apart(facts: Mapping[str, pa.Table], lots: list[str]) -> dict[str, dict[str, pa.Table]]:
    """The rows of each lot, for every table that has lots but ``provenance``; sorted once, then cut."""
    found: dict[str, dict[str, pa.Table]] = {}
    for name in LOT_TABLES:
        if name == "provenance":
            continue
        table = facts[name] if in_order(facts[name]) else facts[name].sort_by("lot")
        found[name] = dict.fromkeys(lots, table.slice(0, 0))
        start = 0
        for counted in pc.value_counts(table["lot"]).to_pylist():
            found[name][counted["values"]] = table.slice(start, counted["counts"])
            start += counted["counts"]
    return found


def _places(provenance: pa.Table, rows: list[Row]) -> dict[int, tuple[str, str]]:
    wanted = sorted({position for row in rows for position in (row.position, row.position_2)} - {0})
    if not wanted:
        return {}
    found = provenance.filter(pc.is_in(provenance["position"], pa.array(wanted, pa.int64())))
    return {
        position: (document, place)
        for position, document, place in zip(
            *(found[name].to_pylist() for name in ("position", "document", "place")), strict=True
        )
    }
