/*---
name = "uneven_lot"
why = """Lots in which not every expected phase was run once or not every parameter of limit_block is there exactly once.
All other lots need no closer count."""
reads = ["lot", "parameter_value"]
limits = ["limit_phase"]
steps = ["limit_block", "whole_block", "lot_phase"]
---*/
WITH block AS (
    SELECT p.lot, b.block, COUNT(*) AS entries, CAST(SUM(b.bit) AS BIGINT) AS bits
    FROM parameter_value p
    JOIN limit_block b ON b.parameter = p.parameter
    GROUP BY p.lot, b.block
),
whole AS (
    SELECT b.lot, COUNT(*) AS blocks
    FROM block b
    JOIN whole_block w ON w.block = b.block AND w.entries = b.entries AND w.bits = b.bits
    GROUP BY b.lot
),
phased AS (
    SELECT f.lot, COUNT(*) AS phases
    FROM lot_phase f
    JOIN limit_phase l ON l.phase = f.phase
    WHERE l.min_occurrences = 1 AND f.entries = 1 AND f.good_runs = 1
    GROUP BY f.lot
),
totals AS (
    SELECT
        (SELECT COUNT(*) FROM whole_block) AS blocks,
        (SELECT COUNT(*) FROM limit_phase WHERE min_occurrences = 1) AS phases,
        (SELECT COUNT(*) FROM limit_phase WHERE min_occurrences <> 1) AS other_phases
)
SELECT DISTINCT h.lot
FROM lot h
CROSS JOIN totals t
LEFT JOIN whole w ON w.lot = h.lot
LEFT JOIN phased f ON f.lot = h.lot
WHERE COALESCE(w.blocks, 0) <> t.blocks OR COALESCE(f.phases, 0) <> t.phases OR t.other_phases > 0
