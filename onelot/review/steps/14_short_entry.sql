/*---
name = "short_entry"
why = """Required parameters that a lot may hold too seldom. In lots whose phases were each run once: those without the last
of the entries that are due. In other lots more or fewer may be due, so all required parameters."""
reads = ["lot", "parameter_value"]
limits = ["limit_parameter"]
steps = ["uneven_lot", "limit_loose"]
only_if_any = ["uneven_lot", "limit_loose"]
---*/
SELECT u.lot, l.parameter
FROM uneven_lot u
CROSS JOIN limit_parameter l
LEFT JOIN (
    SELECT p.lot, p.parameter, p.nth
    FROM parameter_value p
    JOIN uneven_lot u ON u.lot = p.lot AND u.has_even_phases
) e ON e.lot = u.lot AND e.parameter = l.parameter AND e.nth = l.min_occurrences
WHERE l.required AND l.min_occurrences > 0 AND e.lot IS NULL
UNION ALL
SELECT h.lot, l.parameter
FROM (SELECT DISTINCT lot FROM lot) h
CROSS JOIN limit_loose l
LEFT JOIN uneven_lot u ON u.lot = h.lot
LEFT JOIN parameter_value p ON p.lot = h.lot AND p.parameter = l.parameter AND p.nth = l.min_occurrences
WHERE u.lot IS NULL AND l.required AND l.min_occurrences > 0 AND p.lot IS NULL
