/*---
name = "entry_count"
why = """Entries of each parameter: in uneven lots for all parameters, in the others only for those that need not be there
exactly once."""
reads = ["parameter_value"]
steps = ["uneven_lot", "limit_entry", "limit_block"]
---*/
SELECT
    p.lot, p.parameter, COUNT(*) AS entries, MIN(p.position) AS position, MAX(p.position) AS last_position
FROM parameter_value p
JOIN limit_entry l ON l.parameter = p.parameter
LEFT JOIN limit_block b ON b.parameter = p.parameter
LEFT JOIN uneven_lot u ON u.lot = p.lot
WHERE u.lot IS NOT NULL OR b.parameter IS NULL
GROUP BY p.lot, p.parameter
