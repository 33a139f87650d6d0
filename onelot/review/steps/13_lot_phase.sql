/*---
name = "lot_phase"
why = "For each lot and phase: how often it was run, how many runs give a reason, their first start and last end, and the first and last entry that say so."
reads = ["phase_performed"]
skip_when_empty = ["phase_performed"]
---*/
SELECT
    lot,
    phase,
    COUNT(*) AS entries,
    COUNT(CASE WHEN state <> 'skipped' THEN 1 END) AS runs,
    COUNT(CASE WHEN state IN ('completed', 'running') THEN 1 END) AS good_runs,
    COUNT(CASE WHEN reason <> '' AND state <> 'skipped' AND TRIM(reason) <> '' THEN 1 END) AS reasons,
    MIN(started_us) AS first_started_us,
    MAX(ended_us) AS last_ended_us,
    MIN(position) AS position,
    MAX(position) AS last_position
FROM phase_performed
GROUP BY lot, phase
