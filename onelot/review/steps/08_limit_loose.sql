/*---
name = "limit_loose"
why = "Parameters that limit_once does not hold: those that may be absent, or be there more than once. It depends on the MBR alone."
limits = ["limit_parameter"]
steps = ["limit_once"]
---*/
SELECT l.*
FROM limit_parameter l
LEFT JOIN limit_once o ON o.parameter = l.parameter
WHERE o.parameter IS NULL
