"""A verdict as people read it: text for a terminal, one HTML page without anything from elsewhere."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from onelot.review.summary import SEVERITIES
from onelot.review.verdict import Evidence, Finding, LotVerdict, Verdict

_WRAP = 110
_UNCOVERED_SHOWN = 8


def evidence_text(evidence: Evidence, names: Mapping[str, str]) -> str:
    """Where to look: the file (or its SHA-256) and the place in it, or the ledger position."""
    document = names.get(evidence.document, evidence.document[:12])
    place = " ".join(filter(None, (document, evidence.place)))
    return place or f"entry {evidence.position}"


def text_report(verdict: Verdict, names: Mapping[str, str]) -> str:
    """The whole verdict for a terminal; ``names`` gives file names by SHA-256."""
    by = f"policy {verdict.policy} version {verdict.policy_version}, {verdict.engine}"
    lines = [f"Master batch record {verdict.mbr} version {verdict.mbr_version}, {by}"]
    for lot in verdict.lots:
        lines += ["", *_lot_lines(lot, names)]
    return "\n".join(lines) + "\n"


def _lot_lines(lot: LotVerdict, names: Mapping[str, str]) -> Iterator[str]:
    market = lot.intended_market or "no market"
    yield f"{lot.lot}  {lot.product or 'unknown product'}, {lot.site or 'unknown site'}, for {market}: {headline(lot)}"
    for severity in SEVERITIES:
        for finding in lot.findings:
            if finding.severity == severity:
                yield from _finding_lines(finding, names)
    yield f"  {runs_text(lot)}"
    yield f"  {coverage_text(lot)}"


def headline(lot: LotVerdict) -> str:
    """Whether a person must look, and at how much."""
    waiting = [finding for finding in lot.findings if not finding.accepted_because]
    if not lot.findings:
        return "No exception"
    if not waiting:
        return f"Passes; {_count(len(lot.findings), 'exception')} accepted by policy"
    counts = ", ".join(
        f"{number} {severity}"
        for severity in SEVERITIES
        if (number := sum(finding.severity == severity for finding in waiting))
    )
    return f"HELD for a person: {counts}"


def runs_text(lot: LotVerdict) -> str:
    """What every check did; silence is not a pass."""
    counts = {
        status: sum(run.status == status for run in lot.checks)
        for status in ("ran", "nothing_to_check", "could_not_run", "left_out")
    }
    return (
        f"{_count(counts['ran'], 'check')} ran, {counts['nothing_to_check']} had nothing to check, "
        f"{counts['could_not_run']} could not run, {counts['left_out']} left out by policy"
    )


def coverage_text(lot: LotVerdict) -> str:
    """How much of the record at least one rule looks at, and what none does."""
    covered, items = lot.coverage.covered, lot.coverage.items
    text = f"{lot.data_points} data points; rules look at {covered} of {items} items of the record"
    uncovered = lot.coverage.uncovered
    if not uncovered:
        return text
    more = f" and {len(uncovered) - _UNCOVERED_SHOWN} more" if len(uncovered) > _UNCOVERED_SHOWN else ""
    return f"{text}; none at {', '.join(uncovered[:_UNCOVERED_SHOWN])}{more}"


def _finding_lines(finding: Finding, names: Mapping[str, str]) -> Iterator[str]:
    yield f"  {finding.severity.upper():<11} {finding.check} {finding.variant}  {finding.subject}"
    yield f"              {finding.sentence}"
    yield f"              expected {finding.expected or 'nothing'}; observed {finding.observed or 'nothing'}"
    for evidence in finding.evidence:
        yield f"              see {evidence_text(evidence, names)}"
    if finding.accepted_because:
        yield f"              accepted by policy: {finding.accepted_because}"
    yield f"              serves {finding.clause}"


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"


def html_report(verdict: Verdict, names: Mapping[str, str]) -> str:
    """One self-contained page. Every text of a record is escaped."""
    from jinja2 import Environment, PackageLoader, StrictUndefined, select_autoescape

    environment = Environment(
        loader=PackageLoader("onelot.review"),
        autoescape=select_autoescape(["html"]),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )

    def evidence(item: Evidence) -> str:
        return evidence_text(item, names)

    context: dict[str, Any] = {
        "verdict": verdict, "severities": SEVERITIES, "headline": headline, "runs": runs_text,
        "coverage": coverage_text, "evidence": evidence,
        "held": sum(lot.held for lot in verdict.lots),
    }  # fmt: skip
    return environment.get_template("report.html").render(context)
