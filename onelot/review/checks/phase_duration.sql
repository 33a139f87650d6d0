/*---
id = "SEQ-DURATION"
title = "Phase took too long"
kind = "SEQ"
clause = "21 CFR 211.111"
explains = """Compares the time from start to end of each run with the phase's `max_duration`; exactly that long is accepted.
A run without start or end cannot be judged here: SEQ-TIMES reports it."""
reads = ["phase_performed"]
limits = ["limit_phase"]
steps = ["suspect_phase"]
skip_when_empty = ["suspect_phase"]
covers = ["phase"]

[variants.too_long]
sentence = "Phase {title} took {observed}, longer than {expected} ({detail})."
severity = {CQA = "critical", CPP = "major", KPP = "minor", none = "minor"}
---*/
SELECT
    p.lot, 'too_long' AS variant, p.phase AS subject,
    'at most ' || CAST(l.max_duration_us // 60000000 AS VARCHAR) || ' min '
        || CAST((l.max_duration_us // 1000000) % 60 AS VARCHAR) || ' s' AS expected,
    CAST((p.ended_us - p.started_us) // 60000000 AS VARCHAR) || ' min '
        || CAST(((p.ended_us - p.started_us) // 1000000) % 60 AS VARCHAR) || ' s' AS observed,
    'run ' || CAST(p.occurrence AS VARCHAR) AS detail, l.criticality, p.position, CAST(0 AS BIGINT) AS position_2
FROM suspect_phase p
JOIN limit_phase l ON l.phase = p.phase
WHERE p.state <> 'skipped' AND p.ended_us - p.started_us > l.max_duration_us
