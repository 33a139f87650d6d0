/*---
name = "limit_loose"
why = "Parameters that limit_block does not hold: those that may be absent, or be there more than once. It depends on the MBR alone."
limits = ["limit_parameter"]
steps = ["limit_block"]
---*/
SELECT l.*
FROM limit_parameter l
LEFT JOIN limit_block b ON b.parameter = l.parameter
WHERE b.parameter IS NULL
