/*---
name = "entry_count"
why = """Entries of each parameter: in uneven lots for all parameters, in the others only for those that need not be there
exactly once."""
reads = ["parameter_value"]
steps = ["uneven_lot", "limit_entry", "limit_loose"]
only_if_any = ["uneven_lot", "limit_loose"]
---*/
SELECT lot, parameter, COUNT(*) AS entries, MIN(position) AS position, MAX(position) AS last_position
FROM (
    SELECT p.lot, p.parameter, p.position
    FROM parameter_value p
    JOIN uneven_lot u ON u.lot = p.lot
    JOIN limit_entry l ON l.parameter = p.parameter
    UNION ALL
    SELECT p.lot, p.parameter, p.position
    FROM parameter_value p
    JOIN limit_loose l ON l.parameter = p.parameter
    LEFT JOIN uneven_lot u ON u.lot = p.lot
    WHERE u.lot IS NULL
) counted
GROUP BY lot, parameter
