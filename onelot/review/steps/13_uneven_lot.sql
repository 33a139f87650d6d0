/*---
name = "uneven_lot"
why = """Lots in which not every expected phase was run once or not every parameter of limit_once is there exactly once.
All other lots need no closer count. Entries of other parameters are counted apart: as many entries as there are
parameters, and none of them a repeat, is each parameter once."""
reads = ["lot", "parameter_value", "phase_performed"]
limits = ["limit_phase"]
steps = ["whole_lot", "other_entry"]
---*/
WITH listed AS (
    SELECT lot, COUNT(*) AS entries, COUNT(CASE WHEN nth > 1 THEN 1 END) AS repeats
    FROM parameter_value
    GROUP BY lot
),
run AS (
    SELECT
        p.lot,
        COUNT(*) AS runs,
        COUNT(CASE WHEN l.min_occurrences = 1 AND p.nth = 1 AND p.state IN ('completed', 'running') THEN 1 END) AS good
    FROM phase_performed p
    LEFT JOIN limit_phase l ON l.phase = p.phase
    GROUP BY p.lot
),
counted AS (
    SELECT
        h.lot,
        COALESCE(e.entries, 0) - COALESCE(o.entries, 0) = t.entries
            AND COALESCE(e.repeats, 0) = COALESCE(o.repeats, 0) AS has_even_entries,
        COALESCE(r.runs, 0) = t.phases AND COALESCE(r.good, 0) = t.phases AND t.other_phases = 0 AS has_even_phases
    FROM lot h
    CROSS JOIN whole_lot t
    LEFT JOIN listed e ON e.lot = h.lot
    LEFT JOIN run r ON r.lot = h.lot
    LEFT JOIN other_entry o ON o.lot = h.lot
)
SELECT DISTINCT lot, has_even_phases
FROM counted
WHERE NOT (has_even_entries AND has_even_phases)
