/*---
name = "entry_count"
why = """Entries of each parameter: in uneven lots for all parameters, in the others only for those that need not be there
exactly once."""
reads = ["parameter_value"]
steps = ["uneven_lot", "limit_entry", "limit_block"]
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
    JOIN (
        SELECT l.parameter
        FROM limit_entry l
        LEFT JOIN limit_block b ON b.parameter = l.parameter
        WHERE b.parameter IS NULL
    ) loose ON loose.parameter = p.parameter
    LEFT JOIN uneven_lot u ON u.lot = p.lot
    WHERE u.lot IS NULL
) counted
GROUP BY lot, parameter
