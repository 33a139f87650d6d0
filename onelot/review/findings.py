"""From the rows that checks return to findings: severity, sentence, evidence, and what the policy accepts."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from itertools import groupby

from onelot.kernel.refusals import Refusal, Refused
from onelot.kernel.said import said
from onelot.kernel.yaml_lines import Path, YamlDocument, read_yaml
from onelot.recipes.document import load_policy
from onelot.recipes.policy import ReviewPolicy
from onelot.review.checks import catalogue
from onelot.review.headers import Check
from onelot.review.run import Row
from onelot.review.verdict import Evidence, Finding, Severity

COULD_NOT_RUN = "ENG-COULD-NOT-RUN"
COULD_NOT_RUN_SENTENCE = "The check “{title}” could not run: {why}"
REPEATED = "repeated"
_RANK: dict[str, int] = {"critical": 0, "major": 1, "minor": 2, "information": 3}


def check_policy_file(data: bytes, name: str) -> None:
    """Refuse a policy that names what does not exist, each name with its line; any other document is not looked at.

    Raises Refused: what ``load_policy`` and ``check_policy`` raise.
    """
    document = read_yaml(data, name)
    if isinstance(document.value, dict) and str(document.value.get("format", "")).startswith(
        "onelot-policy/"
    ):
        check_policy(load_policy(data, name).policy, catalogue(), document)


def check_policy(policy: ReviewPolicy, checks: Sequence[Check], document: YamlDocument | None = None) -> None:
    """Refuse a policy that names a check or variant which does not exist: it would silently do nothing.

    Raises Refused with every such name (``review.policy_unknown_check``), with its line where ``document`` is given.
    """
    variants = {check.id: {*check.variants, REPEATED} for check in checks}
    variants[COULD_NOT_RUN] = {"could_not_run", REPEATED}
    named: list[tuple[Path, str, str | None]] = [
        *((("severities", at), rule.check, rule.variant) for at, rule in enumerate(policy.severities)),
        *((("auto_accept", at), rule.check, rule.variant) for at, rule in enumerate(policy.auto_accept)),
        *((("always_to_a_person", at), name, None) for at, name in enumerate(policy.always_to_a_person)),
        *((("not_run", name), name, None) for name in policy.not_run),
        *(
            (("justifications", at, "checks"), name, None)
            for at, item in enumerate(policy.justifications)
            if item.checks != "all"
            for name in item.checks
        ),
        *((("checks", at), name, None) for at, name in enumerate(policy.checks) if policy.checks != "all"),
    ]
    wrong = [
        Refusal(
            "review.policy_unknown_check",
            "The policy names a check or variant that does not exist.",
            where=document.where(path)
            if document
            else said("policy {id} {version}: {field}", id=policy.id, version=policy.version, field=path[0]),
            expected=said("one of {names}", names=", ".join(sorted(variants.get(check, variants)))),
            got=f"{check} {variant or ''}".strip(),
        )
        for path, check, variant in named
        if check not in variants or (variant is not None and variant not in variants[check])
    ]
    if wrong:
        raise Refused(wrong)


def left_out(policy: ReviewPolicy, check: str) -> str | None:
    """Why the policy leaves a check out, or None where it runs."""
    if check in policy.not_run:
        return policy.not_run[check]
    if policy.checks != "all" and check not in policy.checks:
        return "not among the checks that the policy names"
    return None


class FindingWriter:
    """Turns rows into findings for one policy; ``titles`` gives a subject's title in the MBR."""

    def __init__(self, checks: Iterable[Check], policy: ReviewPolicy, titles: Mapping[str, str]) -> None:
        self._checks = {check.id: check for check in checks}
        self._policy = policy
        self._titles = titles

    def write(self, rows: Iterable[Row], places: Mapping[int, tuple[str, str]]) -> list[Finding]:
        """The findings of one lot, with one more for each check that found too many minors."""
        findings = [self._finding(row, places) for row in rows]
        return [*findings, *self._repeated(findings)]

    def could_not_run(self, lot: str, check: Check, why: str) -> Finding:
        """A check that could not run is itself a finding."""
        return self._judged(
            Finding(
                check=COULD_NOT_RUN,
                variant="could_not_run",
                severity="major",
                lot=lot,
                subject=check.id,
                sentence=COULD_NOT_RUN_SENTENCE.format(title=check.title, why=why),
                expected="the check runs",
                observed="it could not run",
                detail=why,
                criticality="none",
                clause="21 CFR 211.192",
                evidence=(),
            )
        )

    def _finding(self, row: Row, places: Mapping[int, tuple[str, str]]) -> Finding:
        check = self._checks[row.check]
        variant = check.variants[row.variant]
        title = self._titles.get(row.subject) or row.subject
        sentence = variant.sentence.format(
            subject=row.subject,
            expected=row.expected,
            observed=row.observed,
            detail=row.detail,
            title=title,
        )
        positions = sorted({row.position, row.position_2} - {0})
        return self._judged(
            Finding(
                check=row.check,
                variant=row.variant,
                severity=variant.severity[row.criticality],  # type: ignore[index]  # one of the four, by contract
                lot=row.lot,
                subject=row.subject,
                sentence=" ".join(sentence.split()),
                expected=row.expected,
                observed=row.observed,
                detail=row.detail,
                criticality=row.criticality,
                clause=check.clause,
                evidence=tuple(_evidence(position, places) for position in positions),
            )
        )

    def _repeated(self, findings: Sequence[Finding]) -> list[Finding]:
        minors = sorted((f for f in findings if f.severity == "minor"), key=lambda finding: finding.check)
        more = []
        for check, group in groupby(minors, key=lambda finding: finding.check):
            same = [*group]
            if len(same) < self._policy.minors_become_major:
                continue
            evidence = {item.position: item for finding in same for item in finding.evidence}
            more.append(
                self._judged(
                    Finding(
                        check=check,
                        variant=REPEATED,
                        severity="major",
                        lot=same[0].lot,
                        subject=same[0].lot,
                        sentence=str(
                            said(
                                "{count} minor findings of one check in one lot count together as major.",
                                count=len(same),
                            )
                        ),
                        expected=str(
                            said(
                                "fewer than {count} minor findings of {check}",
                                count=self._policy.minors_become_major,
                                check=check,
                            )
                        ),
                        observed=str(len(same)),
                        detail="",
                        criticality="none",
                        clause=same[0].clause,
                        evidence=tuple(evidence[position] for position in sorted(evidence)),
                    )
                )
            )
        return more

    def _judged(self, finding: Finding) -> Finding:
        """Apply the policy's severities, then its acceptances."""
        fields = {name: getattr(finding, name) for name in finding.__struct_fields__}
        severity = fields["severity"] = self._severity(finding)
        fields["accepted_because"] = self._accepted(finding, severity)
        return Finding(**fields)

    def _severity(self, finding: Finding) -> Severity:
        for rule in self._policy.severities:
            if (
                rule.check == finding.check
                and rule.variant in (None, finding.variant)
                and rule.criticality in (None, finding.criticality)
            ):
                return rule.severity
        return finding.severity

    def _accepted(self, finding: Finding, severity: Severity) -> str:
        if finding.check in self._policy.always_to_a_person:
            return ""
        for rule in self._policy.auto_accept:
            if (
                rule.check == finding.check
                and rule.variant in (None, finding.variant)
                and severity in rule.severities
            ):
                return rule.justification
        return ""


def _evidence(position: int, places: Mapping[int, tuple[str, str]]) -> Evidence:
    document, place = places.get(position, ("", ""))
    return Evidence(position=position, document=document, place=place)


def order(finding: Finding) -> tuple[object, ...]:
    """Sort key of findings: the severest first, and no two orders for the same findings."""
    return (
        _RANK[finding.severity],
        finding.check,
        finding.subject,
        finding.variant,
        finding.expected,
        finding.observed,
        finding.detail,
        [item.position for item in finding.evidence],
    )
