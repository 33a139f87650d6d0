/*---
name = "roaming"
why = "People whose runs of phases name more than one place. Only they can have been in two places at once."
reads = ["phase_performed"]
steps = ["lot_head"]
skip_when_empty = ["phase_performed"]
---*/
SELECT p.performed_by AS person
FROM phase_performed p
JOIN lot_head h ON h.lot = p.lot AND h.site <> ''
WHERE p.performed_by <> '' AND p.state <> 'skipped'
GROUP BY p.performed_by
HAVING MIN(h.site || ' ' || p.location) <> MAX(h.site || ' ' || p.location)
