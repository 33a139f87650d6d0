/*---
name = "suspect_order"
why = """Runs and the phases that must have ended before them, where that is not plain: where every run of an earlier phase
was completed and ended before the run started, there is nothing to look at."""
reads = ["lot", "phase_performed"]
steps = ["limit_number", "numbered_order"]
skip_when_empty = ["phase_performed", "numbered_order"]
---*/
WITH run AS (
    SELECT
        p.lot, l.number * 1000000 AS lot_number, f.number AS phase_number, p.state = 'completed' AS was_completed,
        p.state <> 'skipped' AS was_run, p.occurrence, p.started_us, p.ended_us, p.position
    FROM phase_performed p
    JOIN limit_number f ON f.phase = p.phase
    JOIN (SELECT lot, ROW_NUMBER() OVER (ORDER BY lot) AS number FROM lot GROUP BY lot) l ON l.lot = p.lot
)
SELECT DISTINCT r.lot, o.phase, r.occurrence, r.started_us, r.position, o.after
FROM run r
JOIN numbered_order o ON o.phase_number = r.phase_number
LEFT JOIN run e ON e.lot_number + e.phase_number = r.lot_number + o.after_number
WHERE r.was_run AND r.started_us IS NOT NULL AND NOT COALESCE(
    e.was_completed AND e.started_us <= r.started_us AND e.ended_us <= r.started_us,
    FALSE
)
