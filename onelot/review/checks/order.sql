/*---
id = "SEQ-ORDER"
title = "Phases out of order or overlapping"
kind = "SEQ"
clause = "21 CFR 211.100(b); 21 CFR 211.188(b)"
explains = """For each phase the MBR names the phases that must have ended before it starts (`after`). Every run of the
phase that was not skipped is held to this:

- *overlap*: the earlier phase had started, but its last run that started before this one had not ended.
- *reversed*: the earlier phase was completed, but all of its runs started later.
- *not_before*: the earlier phase was started but never completed (aborted), or is required and has no completed run.

An end at the very instant of the start is in order. Times are compared as instants, whatever their zones, at the
resolution recorded. An earlier phase that is optional and was not run, or was skipped, is no finding here (see
SEQ-STATE, CMP-MISSING-PHASE). A run whose times are missing cannot be placed: SEQ-TIMES reports it."""
reads = ["phase_performed"]
limits = ["limit_order", "limit_phase"]
steps = ["suspect_order"]
skip_when_empty = ["suspect_order"]
applies_if = ["limit_order"]
covers = ["phase"]

[variants.overlap]
sentence = "Phase {title} started before {expected} had ended ({detail})."
severity = {CQA = "critical", CPP = "major", KPP = "major", none = "major"}

[variants.reversed]
sentence = "Phase {title} was run before {expected} ({detail})."
severity = {CQA = "critical", CPP = "major", KPP = "major", none = "major"}

[variants.not_before]
sentence = "Phase {title} was run although {expected} was not completed."
severity = {CQA = "critical", CPP = "major", KPP = "major", none = "major"}
---*/
WITH run AS (
    SELECT p.lot, p.phase, p.state, p.started_us, p.ended_us, p.position
    FROM phase_performed p
    JOIN (SELECT DISTINCT lot FROM suspect_order) s ON s.lot = p.lot
),
paired AS (
    SELECT
        r.lot, r.phase, r.occurrence, r.started_us, r.position, r.after,
        -- The last run of the earlier phase that started before this one, and the first that started later.
        MAX(CASE WHEN e.state IN ('completed', 'running') AND e.started_us <= r.started_us THEN e.started_us END)
            AS before_us,
        MIN(CASE WHEN e.state IN ('completed', 'running') AND e.started_us > r.started_us THEN e.started_us END)
            AS later_us,
        COUNT(CASE WHEN e.state IN ('completed', 'running') THEN 1 END) AS good,
        COUNT(CASE WHEN e.state = 'aborted' THEN 1 END) AS aborted,
        COUNT(CASE WHEN e.state IN ('completed', 'running') AND e.started_us IS NULL THEN 1 END) AS unplaced
    FROM suspect_order r
    LEFT JOIN run e ON e.lot = r.lot AND e.phase = r.after
    GROUP BY r.lot, r.phase, r.occurrence, r.started_us, r.position, r.after
),
placed AS (
    SELECT
        p.lot, p.phase, p.occurrence, p.started_us, p.position, p.after, p.before_us, p.later_us, p.good, p.aborted,
        p.unplaced,
        MAX(COALESCE(e.ended_us, 9223372036854775807)) AS ended_us,
        MIN(COALESCE(e.position, 0)) AS position_2
    FROM paired p
    LEFT JOIN run e
        ON e.lot = p.lot AND e.phase = p.after AND e.state IN ('completed', 'running')
        AND e.started_us = COALESCE(p.before_us, p.later_us)
    GROUP BY p.lot, p.phase, p.occurrence, p.started_us, p.position, p.after, p.before_us, p.later_us, p.good,
        p.aborted, p.unplaced
),
judged AS (
    SELECT
        p.*, l.criticality,
        CASE
            WHEN p.before_us IS NOT NULL AND p.ended_us > p.started_us THEN 'overlap'
            WHEN p.before_us IS NULL AND p.later_us IS NOT NULL AND p.unplaced = 0 THEN 'reversed'
            WHEN p.good = 0 AND (p.aborted > 0 OR a.min_occurrences > 0) THEN 'not_before'
        END AS variant
    FROM placed p
    LEFT JOIN limit_phase l ON l.phase = p.phase
    LEFT JOIN limit_phase a ON a.phase = p.after
)
SELECT
    lot, variant, phase AS subject, after AS expected,
    CASE variant
        WHEN 'overlap' THEN CASE
            WHEN ended_us = 9223372036854775807 THEN 'its end is not recorded'
            ELSE 'ended ' || CAST((ended_us - started_us) // 60000000 AS VARCHAR) || ' min '
                || CAST(((ended_us - started_us) // 1000000) % 60 AS VARCHAR) || ' s after the start' END
        WHEN 'reversed' THEN 'started ' || CAST((later_us - started_us) // 60000000 AS VARCHAR) || ' min '
            || CAST(((later_us - started_us) // 1000000) % 60 AS VARCHAR) || ' s after the start'
        ELSE 'not completed'
    END AS observed,
    'run ' || CAST(occurrence AS VARCHAR) || CASE variant
        WHEN 'overlap' THEN CASE
            WHEN ended_us = 9223372036854775807 THEN ''
            ELSE ', by ' || CAST((ended_us - started_us) // 60000000 AS VARCHAR) || ' min '
                || CAST(((ended_us - started_us) // 1000000) % 60 AS VARCHAR) || ' s' END
        WHEN 'reversed' THEN ', by ' || CAST((later_us - started_us) // 60000000 AS VARCHAR) || ' min '
            || CAST(((later_us - started_us) // 1000000) % 60 AS VARCHAR) || ' s'
        ELSE '' END AS detail,
    COALESCE(criticality, 'none') AS criticality, position, position_2
FROM judged
WHERE variant IS NOT NULL
