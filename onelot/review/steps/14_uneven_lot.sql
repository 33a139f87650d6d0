/*---
name = "uneven_lot"
why = """Lots in which not every expected phase was run once or not every parameter of limit_block is there exactly once.
All other lots need no closer count."""
reads = ["lot", "parameter_value"]
limits = ["limit_phase"]
steps = ["limit_block", "whole_block", "whole_lot", "lot_phase"]
---*/
SELECT
    h.lot,
    CASE WHEN MAX(COALESCE(f.phases, 0)) = MAX(t.phases) AND MAX(t.other_phases) = 0 THEN 1 ELSE 0 END AS has_even_phases
FROM lot h
CROSS JOIN whole_lot t
LEFT JOIN (
    SELECT b.lot, COUNT(*) AS blocks
    FROM (
        SELECT p.lot, k.block, COUNT(*) AS entries, CAST(SUM(k.bit) AS BIGINT) AS bits
        FROM parameter_value p
        JOIN limit_block k ON k.parameter = p.parameter
        GROUP BY p.lot, k.block
    ) b
    JOIN whole_block w ON w.block = b.block AND w.entries = b.entries AND w.bits = b.bits
    GROUP BY b.lot
) w ON w.lot = h.lot
LEFT JOIN (
    SELECT f.lot, COUNT(*) AS phases
    FROM lot_phase f
    JOIN limit_phase l ON l.phase = f.phase
    WHERE l.min_occurrences = 1 AND f.entries = 1 AND f.good_runs = 1
    GROUP BY f.lot
) f ON f.lot = h.lot
WHERE COALESCE(w.blocks, 0) <> t.blocks OR COALESCE(f.phases, 0) <> t.phases OR t.other_phases > 0
GROUP BY h.lot
