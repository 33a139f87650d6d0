/*---
id = "CMP-MISSING-ENTRY"
title = "Required entry missing"
kind = "CMP"
clause = "21 CFR 211.188(b); 21 CFR 211.192"
explains = """Looks for every required entry of the MBR in every run of its phase: a parameter with `occurrences.min` n is
due n times for each run that was completed or is running. So a repeated phase must be recorded completely again.

Nothing is due in an optional phase that was not run, nor in skipped or aborted runs (see SEQ-STATE). Where a required
phase and all of its entries are missing, CMP-MISSING-PHASE says so once. A blank entry or one marked not applicable is
there, and CMP-NOT-RECORDED judges it."""
reads = ["lot", "phase_performed", "parameter_value"]
limits = ["limit_parameter"]
steps = ["uneven_block", "lot_phase", "entry_count", "limit_block", "limit_loose"]
only_if_any = ["uneven_block", "limit_loose"]
covers = ["parameter:limited", "parameter:choice", "parameter:typed"]

[variants.missing]
sentence = "{title} is required but the record does not hold it ({detail})."
severity = {CQA = "critical", CPP = "major", KPP = "minor", none = "minor"}

[variants.too_few]
sentence = "{title} is required {expected} but recorded {observed} ({detail})."
severity = {CQA = "critical", CPP = "major", KPP = "minor", none = "minor"}
---*/
WITH head AS (
    SELECT lot, MIN(position) AS position
    FROM lot
    GROUP BY lot
),
seen AS (
    SELECT DISTINCT c.lot, l.phase
    FROM entry_count c
    JOIN limit_parameter l ON l.parameter = c.parameter
),
wanted AS (
    SELECT h.lot, h.position, l.parameter, l.phase, l.criticality, l.min_occurrences
    FROM uneven_block v
    JOIN head h ON h.lot = v.lot
    JOIN limit_block k ON k.block = v.block
    JOIN limit_parameter l ON l.parameter = k.parameter
    UNION ALL
    SELECT h.lot, h.position, l.parameter, l.phase, l.criticality, l.min_occurrences
    FROM head h
    CROSS JOIN limit_loose l
    WHERE l.required AND l.min_occurrences > 0
),
due AS (
    SELECT
        w.lot, w.parameter, w.criticality,
        COALESCE(f.position, w.position) AS position,
        COALESCE(f.good_runs, 0) AS runs,
        w.min_occurrences * CASE
            WHEN f.lot IS NOT NULL THEN f.good_runs
            WHEN s.lot IS NOT NULL THEN 1
            ELSE 0
        END AS times
    FROM wanted w
    LEFT JOIN lot_phase f ON f.lot = w.lot AND f.phase = w.phase
    LEFT JOIN seen s ON s.lot = w.lot AND s.phase = w.phase
)
SELECT
    d.lot,
    CASE WHEN c.lot IS NULL THEN 'missing' ELSE 'too_few' END AS variant,
    d.parameter AS subject,
    'at least ' || CAST(CAST(d.times AS BIGINT) AS VARCHAR) || ' times' AS expected,
    CASE WHEN c.lot IS NULL THEN 'not in the record' ELSE CAST(c.entries AS VARCHAR) || ' times' END AS observed,
    'runs of the phase: ' || CAST(CAST(d.runs AS BIGINT) AS VARCHAR) AS detail,
    d.criticality,
    d.position,
    COALESCE(c.position, 0) AS position_2
FROM due d
LEFT JOIN entry_count c ON c.lot = d.lot AND c.parameter = d.parameter
WHERE COALESCE(c.entries, 0) < d.times
