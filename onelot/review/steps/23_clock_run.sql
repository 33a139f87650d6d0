/*---
name = "clock_run"
why = """Each odd clock of each lot: from the last time its first point was reached to the first time after that its second
point was reached; elapsed_us is null while the clock is open. ended_before_us is an end that lies only before the start."""
reads = ["lot"]
limits = ["limit_clock"]
steps = ["clock_point", "odd_clock"]
skip_when_empty = ["odd_clock"]
---*/
WITH reached AS (
    SELECT p.lot, p.point, p.at_us, p.position
    FROM clock_point p
    JOIN (SELECT DISTINCT lot FROM odd_clock) o ON o.lot = p.lot
),
odd AS (
    SELECT o.lot, o.clock, c.starts_on, c.ends_on, MIN(h.position) AS head_position, MAX(s.at_us) AS started_us
    FROM odd_clock o
    JOIN limit_clock c ON c.clock = o.clock
    JOIN lot h ON h.lot = o.lot
    LEFT JOIN reached s ON s.lot = o.lot AND s.point = c.starts_on
    GROUP BY o.lot, o.clock, c.starts_on, c.ends_on
),
pairs AS (
    SELECT
        o.lot, o.clock, o.starts_on, o.ends_on, o.head_position, o.started_us,
        MIN(CASE WHEN e.at_us >= o.started_us THEN e.at_us END) AS ended_us,
        MAX(CASE WHEN e.at_us < o.started_us THEN e.at_us END) AS ended_before_us
    FROM odd o
    LEFT JOIN reached e ON e.lot = o.lot AND e.point = o.ends_on
    GROUP BY o.lot, o.clock, o.starts_on, o.ends_on, o.head_position, o.started_us
)
SELECT
    p.lot, p.clock, p.started_us, p.ended_us, p.ended_before_us,
    p.ended_us - p.started_us AS elapsed_us,
    COALESCE(MIN(a.position), p.head_position) AS position,
    COALESCE(MIN(b.position), 0) AS position_2
FROM pairs p
LEFT JOIN reached a ON a.lot = p.lot AND a.point = p.starts_on AND a.at_us = p.started_us
LEFT JOIN reached b ON b.lot = p.lot AND b.point = p.ends_on AND b.at_us = COALESCE(p.ended_us, p.ended_before_us)
GROUP BY p.lot, p.clock, p.started_us, p.ended_us, p.ended_before_us, p.head_position
