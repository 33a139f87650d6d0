/*---
name = "entry_count"
why = """How often a lot holds a parameter, where that may be more than once or too seldom: repeated entries, entries due more
than once, and all entries of lots in which phases were not each run once."""
reads = ["parameter_value"]
limits = ["limit_parameter"]
steps = ["uneven_lot", "short_entry", "limit_loose"]
only_if_any = ["uneven_lot", "limit_loose"]
---*/
SELECT p.lot, p.parameter, COUNT(*) AS entries, MIN(p.position) AS position, MAX(p.position) AS last_position
FROM parameter_value p
JOIN (
    SELECT lot, parameter
    FROM parameter_value
    WHERE nth > 1
    UNION
    SELECT s.lot, s.parameter
    FROM short_entry s
    JOIN limit_parameter l ON l.parameter = s.parameter
    WHERE l.min_occurrences > 1
    UNION
    SELECT p.lot, p.parameter
    FROM parameter_value p
    JOIN uneven_lot u ON u.lot = p.lot
    WHERE NOT u.has_even_phases
) c ON c.lot = p.lot AND c.parameter = p.parameter
GROUP BY p.lot, p.parameter
