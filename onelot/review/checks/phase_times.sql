/*---
id = "SEQ-TIMES"
title = "Times of a phase missing or impossible"
kind = "SEQ"
clause = "21 CFR 211.188(b); EU GMP 5.2 and 4.20 (Part I)"
explains = """A run that was completed must have a start and an end, and the end must not lie before the start (an end at
the instant of the start is accepted: some systems record whole minutes). Skipped runs need no times, aborted and running
ones a start only. A phase still running when the record is reviewed is found: the record is not finished."""
reads = ["phase_performed"]
limits = ["limit_phase"]
steps = ["suspect_phase"]
skip_when_empty = ["suspect_phase"]
covers = ["phase"]

[variants.ended_before_start]
sentence = "Phase {title} ended before it started ({detail})."
severity = "major"

[variants.no_start]
sentence = "Phase {title} has no start time, so its order and duration cannot be judged."
severity = "major"

[variants.no_end]
sentence = "Phase {title} has no end time, so its order and duration cannot be judged."
severity = "major"

[variants.running]
sentence = "Phase {title} is still running: the record is not finished."
severity = "major"
---*/
WITH judged AS (
    SELECT
        p.*,
        CASE
            WHEN p.ended_us < p.started_us THEN 'ended_before_start'
            WHEN p.started_us IS NULL AND p.state <> 'skipped' THEN 'no_start'
            WHEN p.ended_us IS NULL AND p.state = 'completed' THEN 'no_end'
            WHEN p.state = 'running' THEN 'running'
        END AS variant
    FROM suspect_phase p
)
SELECT
    j.lot, j.variant, j.phase AS subject,
    CASE j.variant
        WHEN 'ended_before_start' THEN 'end after start'
        WHEN 'no_start' THEN 'a start time'
        WHEN 'no_end' THEN 'an end time'
        ELSE 'completed'
    END AS expected,
    CASE j.variant
        WHEN 'ended_before_start' THEN 'ended ' || CAST((j.started_us - j.ended_us) // 60000000 AS VARCHAR)
            || ' min ' || CAST(((j.started_us - j.ended_us) // 1000000) % 60 AS VARCHAR) || ' s before the start'
        WHEN 'running' THEN 'running'
        ELSE 'none recorded'
    END AS observed,
    'run ' || CAST(j.occurrence AS VARCHAR) AS detail,
    COALESCE(l.criticality, 'none') AS criticality, j.position, CAST(0 AS BIGINT) AS position_2
FROM judged j
LEFT JOIN limit_phase l ON l.phase = j.phase
WHERE j.variant IS NOT NULL
