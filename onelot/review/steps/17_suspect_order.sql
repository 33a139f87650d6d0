/*---
name = "suspect_order"
why = """Runs and the phases that must have ended before them, where that is not plain: an earlier phase that was run once,
was completed and ended before the run started needs no closer look."""
reads = ["phase_performed"]
limits = ["limit_order"]
steps = ["lot_phase"]
skip_when_empty = ["phase_performed"]
---*/
SELECT r.lot, r.phase, r.occurrence, r.started_us, r.position, o.after
FROM phase_performed r
JOIN limit_order o ON o.phase = r.phase
LEFT JOIN lot_phase f ON f.lot = r.lot AND f.phase = o.after
WHERE r.state <> 'skipped' AND r.started_us IS NOT NULL AND NOT COALESCE(
    f.entries = 1 AND f.good_runs = 1 AND f.first_started_us <= r.started_us AND f.last_ended_us <= r.started_us,
    FALSE
)
