/*---
name = "clock_run"
why = """Each clock of each lot: from the last time its first point was reached to the first time after that its second
point was reached; elapsed_us is null while the clock is open. ended_before_us is an end that lies only before the start."""
reads = ["lot"]
limits = ["limit_clock"]
steps = ["clock_point"]
only_if = """EXISTS (
    SELECT 1
    FROM lot h
    CROSS JOIN limit_clock c
    LEFT JOIN (SELECT lot, point, COUNT(*) AS times, MIN(at_us) AS at_us FROM clock_point GROUP BY lot, point) s
        ON s.lot = h.lot AND s.point = c.starts_on
    LEFT JOIN (SELECT lot, point, COUNT(*) AS times, MIN(at_us) AS at_us FROM clock_point GROUP BY lot, point) e
        ON e.lot = h.lot AND e.point = c.ends_on
    WHERE NOT COALESCE(
        (NOT c.required AND (s.times IS NULL OR e.times IS NULL))
        OR (s.times = 1 AND e.times = 1
            AND e.at_us - s.at_us BETWEEN COALESCE(c.min_us, 0) AND LEAST(c.max_us, COALESCE(c.alert_us, c.max_us))),
        FALSE
    )
)"""
---*/
WITH head AS (
    SELECT lot, MIN(position) AS position FROM lot GROUP BY lot
),
started AS (
    SELECT lot, point, MAX(at_us) AS at_us FROM clock_point GROUP BY lot, point
),
pairs AS (
    SELECT
        h.lot, c.clock, h.position AS head_position, s.at_us AS started_us,
        MIN(CASE WHEN e.at_us >= s.at_us THEN e.at_us END) AS ended_us,
        MAX(CASE WHEN e.at_us < s.at_us THEN e.at_us END) AS ended_before_us,
        COUNT(e.at_us) AS ends
    FROM head h
    CROSS JOIN limit_clock c
    LEFT JOIN started s ON s.lot = h.lot AND s.point = c.starts_on
    LEFT JOIN clock_point e ON e.lot = h.lot AND e.point = c.ends_on
    GROUP BY h.lot, c.clock, h.position, s.at_us
)
SELECT
    p.lot, p.clock, p.started_us, p.ended_us, p.ended_before_us, p.ends,
    p.ended_us - p.started_us AS elapsed_us,
    COALESCE(MIN(a.position), p.head_position) AS position,
    COALESCE(MIN(b.position), 0) AS position_2
FROM pairs p
JOIN limit_clock c ON c.clock = p.clock
LEFT JOIN clock_point a ON a.lot = p.lot AND a.point = c.starts_on AND a.at_us = p.started_us
LEFT JOIN clock_point b ON b.lot = p.lot AND b.point = c.ends_on AND b.at_us = COALESCE(p.ended_us, p.ended_before_us)
GROUP BY p.lot, p.clock, p.started_us, p.ended_us, p.ended_before_us, p.ends, p.head_position
