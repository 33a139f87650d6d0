/*---
id = "REC-LABEL"
title = "Balance of each label"
kind = "REC"
clause = "21 CFR 211.125(c); EU GMP 5.61 (Part I, Chapter 5)"
explains = """For each count of a label: printed = applied + scrapped + retained, within the tolerance of the master batch record. Every
label of the master batch record must have been counted.

**Boundaries.** A difference equal to the tolerance is accepted. Every recorded count must balance on its own; a recount does not hide
the first count. A negative number of labels is impossible.

**What it does not find.** Whether the labels carried the right text (see the identity checks)."""
reads = ["labels_reconciled"]
limits = ["limit_label"]
steps = ["lot_head"]
only_if_any = ["labels_reconciled", "limit_label"]
applies_if = ["limit_label"]
covers = ["label"]

[variants.unbalanced]
sentence = "Label {title}: {observed}; {detail}, allowed is {expected}."
severity = "critical"

[variants.impossible]
sentence = "Label {title}: a count is negative ({observed})."
severity = "critical"

[variants.missing]
sentence = "Label {title} was not reconciled."
severity = "critical"

[variants.not_foreseen]
sentence = "Label {subject} was counted, but the master batch record does not know it ({observed})."
severity = "major"
---*/
WITH counted AS (
    SELECT
        r.*, l.tolerance, r.printed - r.applied - r.scrapped - r.retained AS difference,
        CAST(r.printed AS VARCHAR) || ' printed, ' || CAST(r.applied AS VARCHAR) || ' applied, '
            || CAST(r.scrapped AS VARCHAR) || ' scrapped, ' || CAST(r.retained AS VARCHAR) || ' retained' AS counts
    FROM labels_reconciled r
    LEFT JOIN limit_label l ON l.label = r.label
)
SELECT
    lot,
    CASE
        WHEN tolerance IS NULL THEN 'not_foreseen'
        WHEN printed < 0 OR applied < 0 OR scrapped < 0 OR retained < 0 THEN 'impossible'
        ELSE 'unbalanced'
    END AS variant,
    label AS subject,
    COALESCE('a difference of at most ' || CAST(tolerance AS VARCHAR), 'a label of the master batch record') AS expected,
    counts AS observed,
    CAST(ABS(difference) AS VARCHAR) || CASE WHEN difference < 0 THEN ' too many' ELSE ' unaccounted for' END AS detail,
    'none' AS criticality, position, CAST(0 AS BIGINT) AS position_2
FROM counted
WHERE tolerance IS NULL OR ABS(difference) > tolerance
    OR printed < 0 OR applied < 0 OR scrapped < 0 OR retained < 0
UNION ALL
SELECT h.lot, 'missing', l.label, 'a count', 'no count', '', 'none', h.position, 0
FROM lot_head h
CROSS JOIN limit_label l
LEFT JOIN labels_reconciled r ON r.lot = h.lot AND r.label = l.label
WHERE r.lot IS NULL
