/*---
name = "limit_entry"
why = """One row for each parameter of the MBR with all that tells a quiet entry from one that a check must look at:
the narrowest band (quiet_low to quiet_high), open ends of it, the unit, up to two accepted answers, and who must
verify. Read once a run; it depends on the MBR alone."""
limits = ["limit_parameter", "limit_choice", "limit_mbr"]
---*/
WITH answers AS (
    SELECT parameter, MIN(choice) AS accepted_1, MAX(choice) AS accepted_2
    FROM limit_choice
    WHERE accepted
    GROUP BY parameter
)
SELECT
    l.parameter,
    l.unit,
    CASE WHEN l.unit = '1' THEN '' ELSE l.unit END AS bare_unit,
    l.data_type,
    l.verification,
    m.verify_within_us,
    GREATEST(
        COALESCE(l.action_low, CAST('-Infinity' AS DOUBLE)),
        COALESCE(l.alert_low, CAST('-Infinity' AS DOUBLE)),
        COALESCE(l.plausible_low, CAST('-Infinity' AS DOUBLE))
    ) AS quiet_low,
    LEAST(
        COALESCE(l.action_high, CAST('Infinity' AS DOUBLE)),
        COALESCE(l.alert_high, CAST('Infinity' AS DOUBLE)),
        COALESCE(l.plausible_high, CAST('Infinity' AS DOUBLE))
    ) AS quiet_high,
    l.action_low_open OR l.action_high_open OR l.alert_low_open OR l.alert_high_open
        OR l.plausible_low_open OR l.plausible_high_open AS any_open,
    COALESCE(a.accepted_1, CASE WHEN l.data_type = 'boolean' THEN 'true' ELSE '' END) AS accepted_1,
    COALESCE(a.accepted_2, CASE WHEN l.data_type = 'boolean' THEN 'false' ELSE '' END) AS accepted_2
FROM limit_parameter l
CROSS JOIN limit_mbr m
LEFT JOIN answers a ON a.parameter = l.parameter
