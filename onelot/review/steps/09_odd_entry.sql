/*---
name = "odd_entry"
why = """The only scan of parameter_value that joins it with limits. It leaves out what is quiet by limit_plain: recorded in
the limit's own unit inside every band, and plainly verified in time by another person where that is asked. That is nearly
everything in an archive. What it leaves out no check on values or on verification can find anything in."""
reads = ["parameter_value"]
steps = ["limit_plain"]
skip_when_empty = ["parameter_value"]
---*/
SELECT
    e.lot, e.parameter, e.occurrence, e.status, e.text, e.value, e.censor, e.unit, e.reason,
    e.performed_by, e.verified_by, e.verification, e.verified_after_us, e.second_person, e.nth, e.position
FROM parameter_value e
LEFT JOIN limit_plain q ON q.parameter = e.parameter
WHERE NOT COALESCE(
    e.status = 'recorded'
    AND e.unit = q.unit
    AND e.censor = ''
    AND e.value BETWEEN q.low AND q.high
    AND CASE WHEN q.is_verified THEN e.second_person = 1 AND e.verified_after_us BETWEEN 0 AND q.within_us ELSE TRUE END,
    FALSE
)
