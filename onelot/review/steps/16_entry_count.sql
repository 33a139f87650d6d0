/*---
name = "entry_count"
why = """Entries of each parameter: in uneven blocks for all their parameters, and everywhere for those that need not be there
exactly once."""
reads = ["parameter_value"]
steps = ["uneven_block", "limit_block", "limit_loose"]
only_if_any = ["uneven_block", "limit_loose"]
---*/
SELECT lot, parameter, COUNT(*) AS entries, MIN(position) AS position, MAX(position) AS last_position
FROM (
    SELECT p.lot, p.parameter, p.position
    FROM parameter_value p
    JOIN limit_block k ON k.parameter = p.parameter
    JOIN uneven_block v ON v.lot = p.lot AND v.block = k.block
    UNION ALL
    SELECT p.lot, p.parameter, p.position
    FROM parameter_value p
    JOIN limit_loose l ON l.parameter = p.parameter
) counted
GROUP BY lot, parameter
