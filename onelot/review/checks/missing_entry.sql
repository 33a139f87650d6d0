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
steps = ["short_entry", "lot_phase", "entry_count"]
skip_when_empty = ["short_entry"]
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
due AS (
    SELECT
        e.lot, e.parameter, l.criticality,
        COALESCE(f.position, h.position) AS position,
        COALESCE(f.good_runs, 0) AS runs,
        l.min_occurrences * CASE
            WHEN f.lot IS NOT NULL THEN f.good_runs
            WHEN s.lot IS NOT NULL THEN 1
            ELSE 0
        END AS times
    FROM short_entry e
    JOIN head h ON h.lot = e.lot
    JOIN limit_parameter l ON l.parameter = e.parameter
    LEFT JOIN lot_phase f ON f.lot = e.lot AND f.phase = l.phase
    LEFT JOIN seen s ON s.lot = e.lot AND s.phase = l.phase
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
