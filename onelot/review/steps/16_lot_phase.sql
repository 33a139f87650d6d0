/*---
name = "lot_phase"
why = """In lots that need a closer count, for each phase: how often it was run, how many runs give a reason, and the first and
last entry that say so."""
reads = ["phase_performed"]
steps = ["uneven_lot", "short_entry", "entry_count"]
skip_when_empty = ["phase_performed"]
only_if_any = ["uneven_lot", "short_entry", "entry_count"]
---*/
SELECT
    p.lot,
    p.phase,
    COUNT(*) AS entries,
    COUNT(CASE WHEN p.state <> 'skipped' THEN 1 END) AS runs,
    COUNT(CASE WHEN p.state IN ('completed', 'running') THEN 1 END) AS good_runs,
    COUNT(CASE WHEN p.reason <> '' AND p.state <> 'skipped' AND TRIM(p.reason) <> '' THEN 1 END) AS reasons,
    MIN(p.position) AS position,
    MAX(p.position) AS last_position
FROM phase_performed p
JOIN (
    SELECT lot FROM uneven_lot
    UNION
    SELECT lot FROM short_entry
    UNION
    SELECT lot FROM entry_count
) c ON c.lot = p.lot
GROUP BY p.lot, p.phase
