/*---
name = "clock_point"
why = "When the points were reached that start or end a clock of the MBR. A skipped phase reaches none, an aborted one no end. A leg of custody is released first and received last, however many hand-overs it has."
reads = ["phase_performed", "parameter_value", "handed_over", "identifier_read"]
steps = ["named_point"]
---*/
WITH leg_ends AS (
    SELECT lot, leg, MIN(released_us) AS first_released_us, MAX(received_us) AS last_received_us,
        COUNT(*) - COUNT(received_us) AS not_received
    FROM handed_over
    GROUP BY lot, leg
)
SELECT p.lot, n.point, p.started_us AS at_us, p.position
FROM phase_performed p
JOIN named_point n ON n.started_phase = p.phase
WHERE p.state <> 'skipped' AND p.started_us IS NOT NULL
UNION ALL
SELECT p.lot, n.point, p.ended_us, p.position
FROM phase_performed p
JOIN named_point n ON n.ended_phase = p.phase
WHERE p.state = 'completed' AND p.ended_us IS NOT NULL
UNION ALL
SELECT r.lot, r.point, r.at_us, r.position
FROM (
    SELECT r.lot, 'custody:' || r.leg || '.released' AS point, r.released_us AS at_us, MIN(r.position) AS position
    FROM handed_over r
    JOIN leg_ends e ON e.lot = r.lot AND e.leg = r.leg AND e.first_released_us = r.released_us
    GROUP BY r.lot, r.leg, r.released_us
    UNION ALL
    SELECT r.lot, 'custody:' || r.leg || '.received', r.received_us, MIN(r.position)
    FROM handed_over r
    JOIN leg_ends e ON e.lot = r.lot AND e.leg = r.leg AND e.last_received_us = r.received_us
    WHERE e.not_received = 0
    GROUP BY r.lot, r.leg, r.received_us
    UNION ALL
    SELECT lot, 'identity:' || point, read_us, position
    FROM identifier_read
    WHERE read_us IS NOT NULL
) r
JOIN named_point n ON n.point = r.point
UNION ALL
SELECT r.lot, n.point, r.performed_us, r.position
FROM parameter_value r
JOIN named_point n ON n.parameter = r.parameter
WHERE r.status = 'recorded' AND r.performed_us IS NOT NULL
