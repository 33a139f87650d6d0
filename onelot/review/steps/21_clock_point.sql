/*---
name = "clock_point"
why = "When the points were reached that start or end a clock of the MBR. A skipped phase reaches none, an aborted one no end."
reads = ["phase_performed", "parameter_value", "handed_over", "identifier_read"]
limits = ["limit_clock"]
---*/
WITH named AS (
    SELECT starts_on AS point FROM limit_clock UNION SELECT ends_on FROM limit_clock
)
SELECT r.lot, n.point, r.started_us AS at_us, r.position
FROM named n JOIN phase_performed r ON n.point = 'phase:' || r.phase || '.start'
WHERE r.state <> 'skipped' AND r.started_us IS NOT NULL
UNION ALL
SELECT r.lot, n.point, r.ended_us, r.position
FROM named n JOIN phase_performed r ON n.point = 'phase:' || r.phase || '.end'
WHERE r.state = 'completed' AND r.ended_us IS NOT NULL
UNION ALL
SELECT r.lot, n.point, r.performed_us, r.position
FROM named n JOIN parameter_value r ON SUBSTR(n.point, 11) = r.parameter
WHERE n.point LIKE 'parameter:%' AND r.status = 'recorded' AND r.performed_us IS NOT NULL
UNION ALL
SELECT r.lot, n.point, r.released_us, r.position
FROM named n JOIN handed_over r ON n.point = 'custody:' || r.leg || '.released'
WHERE r.released_us IS NOT NULL
UNION ALL
SELECT r.lot, n.point, r.received_us, r.position
FROM named n JOIN handed_over r ON n.point = 'custody:' || r.leg || '.received'
WHERE r.received_us IS NOT NULL
UNION ALL
SELECT r.lot, n.point, r.read_us, r.position
FROM named n JOIN identifier_read r ON n.point = 'identity:' || r.point
WHERE r.read_us IS NOT NULL
