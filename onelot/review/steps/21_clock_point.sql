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
SELECT r.lot, n.point, r.started_us AS at_us, r.position
FROM phase_performed r JOIN named_point n ON n.point = 'phase:' || r.phase || '.start'
WHERE r.state <> 'skipped' AND r.started_us IS NOT NULL
UNION ALL
SELECT r.lot, n.point, r.ended_us, r.position
FROM phase_performed r JOIN named_point n ON n.point = 'phase:' || r.phase || '.end'
WHERE r.state = 'completed' AND r.ended_us IS NOT NULL
UNION ALL
SELECT r.lot, n.point, r.performed_us, r.position
FROM parameter_value r JOIN named_point n ON SUBSTR(n.point, 11) = r.parameter
WHERE n.point LIKE 'parameter:%' AND r.status = 'recorded' AND r.performed_us IS NOT NULL
UNION ALL
SELECT r.lot, n.point, r.released_us, MIN(r.position)
FROM handed_over r
JOIN named_point n ON n.point = 'custody:' || r.leg || '.released'
JOIN leg_ends e ON e.lot = r.lot AND e.leg = r.leg AND e.first_released_us = r.released_us
GROUP BY r.lot, n.point, r.released_us
UNION ALL
SELECT r.lot, n.point, r.received_us, MIN(r.position)
FROM handed_over r
JOIN named_point n ON n.point = 'custody:' || r.leg || '.received'
JOIN leg_ends e ON e.lot = r.lot AND e.leg = r.leg AND e.last_received_us = r.received_us
WHERE e.not_received = 0
GROUP BY r.lot, n.point, r.received_us
UNION ALL
SELECT r.lot, n.point, r.read_us, r.position
FROM identifier_read r JOIN named_point n ON n.point = 'identity:' || r.point
WHERE r.read_us IS NOT NULL
