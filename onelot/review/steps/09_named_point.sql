/*---
name = "named_point"
why = """Every point that starts or ends a clock, with the phase whose start or end it is, or the parameter that is recorded then;
null where it is neither. It depends on the MBR alone."""
limits = ["limit_clock"]
---*/
SELECT
    point,
    CASE WHEN point LIKE 'phase:%.start' THEN SUBSTR(point, 7, LENGTH(point) - 12) END AS started_phase,
    CASE WHEN point LIKE 'phase:%.end' THEN SUBSTR(point, 7, LENGTH(point) - 10) END AS ended_phase,
    CASE WHEN point LIKE 'parameter:%' THEN SUBSTR(point, 11) END AS parameter
FROM (
    SELECT starts_on AS point FROM limit_clock
    UNION
    SELECT ends_on FROM limit_clock
) points
