/*---
name = "numbered_order"
why = "Which phases must have ended before which, by limit_number. It depends on the MBR alone."
limits = ["limit_order"]
steps = ["limit_number"]
---*/
SELECT o.phase, o.after, p.number AS phase_number, a.number AS after_number
FROM limit_order o
JOIN limit_number p ON p.phase = o.phase
LEFT JOIN limit_number a ON a.phase = o.after
