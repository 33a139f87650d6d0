/*---
id = "CMP-MISSING-PHASE"
title = "Required phase not performed"
kind = "CMP"
clause = "21 CFR 211.188(b); 21 CFR 211.100(b)"
explains = """Looks for every phase that the MBR requires (`occurrences.min` of 1 or more). Runs that were completed or are
still running count, skipped and aborted ones do not.

A phase that is required more often than it was run is found too. The entries of a phase that is missing altogether are
not reported one by one (see CMP-MISSING-ENTRY)."""
reads = ["lot", "phase_performed"]
limits = ["limit_phase"]
steps = ["uneven_lot", "lot_phase"]
skip_when_empty = ["uneven_lot"]
covers = ["phase"]

[variants.missing]
sentence = "Phase {title} is required but the record does not hold it."
severity = {CQA = "critical", CPP = "major", KPP = "major", none = "major"}

[variants.not_completed]
sentence = "Phase {title} is required ({expected}) but was completed only {observed} (runs recorded: {detail})."
severity = {CQA = "critical", CPP = "major", KPP = "major", none = "major"}
---*/
WITH head AS (
    SELECT h.lot, MIN(h.position) AS position
    FROM lot h
    JOIN uneven_lot u ON u.lot = h.lot
    GROUP BY h.lot
)
SELECT
    h.lot,
    CASE WHEN f.lot IS NULL THEN 'missing' ELSE 'not_completed' END AS variant,
    l.phase AS subject,
    'at least ' || CAST(l.min_occurrences AS VARCHAR) || ' times' AS expected,
    CASE WHEN f.lot IS NULL THEN 'not in the record'
        ELSE CAST(CAST(f.good_runs AS BIGINT) AS VARCHAR) || ' times' END AS observed,
    CAST(COALESCE(f.entries, 0) AS VARCHAR) AS detail,
    l.criticality,
    COALESCE(f.position, h.position) AS position,
    CAST(0 AS BIGINT) AS position_2
FROM head h
CROSS JOIN limit_phase l
LEFT JOIN lot_phase f ON f.lot = h.lot AND f.phase = l.phase
WHERE COALESCE(f.good_runs, 0) < l.min_occurrences
