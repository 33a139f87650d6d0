/*---
name = "clock_parameter"
why = "Parameters whose time starts or ends a clock of the MBR. It depends on the MBR alone."
limits = ["limit_clock", "limit_parameter"]
---*/
SELECT DISTINCT l.parameter, 'parameter:' || l.parameter AS point
FROM limit_parameter l
JOIN limit_clock c ON c.starts_on = 'parameter:' || l.parameter OR c.ends_on = 'parameter:' || l.parameter
