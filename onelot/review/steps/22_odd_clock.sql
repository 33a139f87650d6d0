/*---
name = "odd_clock"
why = """Clocks of lots that a check may have to look at. Where both points were reached, and every end lies in time after every
start, the clock was kept; where one was not reached and the clock is not required, there is nothing to measure."""
reads = ["lot"]
limits = ["limit_clock"]
steps = ["clock_point"]
skip_when_empty = ["limit_clock"]
---*/
SELECT h.lot, c.clock
FROM (SELECT DISTINCT lot FROM lot) h
CROSS JOIN limit_clock c
LEFT JOIN (
    SELECT s.lot, c.clock, MIN(e.at_us - s.at_us) AS shortest_us, MAX(e.at_us - s.at_us) AS longest_us
    FROM limit_clock c
    JOIN clock_point s ON s.point = c.starts_on
    JOIN clock_point e ON e.lot = s.lot AND e.point = c.ends_on
    GROUP BY s.lot, c.clock
) p ON p.lot = h.lot AND p.clock = c.clock
WHERE (c.required OR p.lot IS NOT NULL) AND NOT COALESCE(
    p.shortest_us >= COALESCE(c.min_us, 0) AND p.longest_us <= LEAST(c.max_us, COALESCE(c.alert_us, c.max_us)),
    FALSE
)
