/*---
name = "other_entry"
why = "By lot: how many entries are of parameters that limit_once does not hold, unknown ones among them, and how many of these are repeats."
reads = ["parameter_value"]
limits = ["limit_parameter"]
steps = ["limit_loose", "odd_entry"]
only_if_any = ["limit_loose", "odd_entry"]
---*/
SELECT lot, COUNT(*) AS entries, COUNT(CASE WHEN nth > 1 THEN 1 END) AS repeats
FROM (
    SELECT p.lot, p.nth
    FROM parameter_value p
    JOIN limit_loose l ON l.parameter = p.parameter
    UNION ALL
    SELECT o.lot, o.nth
    FROM odd_entry o
    LEFT JOIN limit_parameter l ON l.parameter = o.parameter
    WHERE l.parameter IS NULL
) others
GROUP BY lot
