/*---
name = "noted_entry"
why = """The only scan of parameter_value that joins it with its limits. It keeps every entry that a check on values or on
verification may have to look at: unknown to the MBR, not recorded as a value in the limit's own unit inside every band or
among the first two accepted answers, not plainly verified in time by another person, or more often than allowed. What it
leaves out is quiet: no such check can find anything in it. Tests hold that every check finds the same when nothing is
left out. The inner SELECT leaves out what is quiet by limit_plain, which is nearly everything in an archive; the outer one
knows all kinds of parameters."""
reads = ["parameter_value"]
steps = ["limit_entry", "limit_plain"]
skip_when_empty = ["parameter_value"]
---*/
SELECT p.*
FROM (
    SELECT
        e.lot, e.parameter, e.occurrence, e.status, e.text, e.value, e.censor, e.unit, e.reason, e.performed_us,
        e.performed_by, e.verified_by, e.verified_us, e.verification, e.position
    FROM parameter_value e
    LEFT JOIN limit_plain q ON q.parameter = e.parameter
    WHERE NOT COALESCE(
        e.status = 'recorded'
        AND e.unit = q.unit
        AND e.censor = ''
        AND e.value BETWEEN q.low AND q.high
        AND CASE WHEN q.is_verified THEN
            e.verification <> 'machine'
            AND e.verified_us - e.performed_us BETWEEN 0 AND q.within_us
            AND e.verified_by <> ''
            AND e.performed_by <> ''
            AND LOWER(REPLACE(e.verified_by, ' ', '')) <> LOWER(REPLACE(e.performed_by, ' ', ''))
        ELSE TRUE END,
        FALSE
    )
) p
LEFT JOIN limit_entry l ON l.parameter = p.parameter
WHERE NOT COALESCE(
    p.status = 'recorded'
    AND CASE l.data_type
        WHEN 'number' THEN
            (p.unit = l.unit OR p.unit = l.bare_unit)
            AND p.censor = ''
            AND p.value BETWEEN l.quiet_low AND l.quiet_high
            AND NOT (l.any_open AND (p.value = l.quiet_low OR p.value = l.quiet_high))
        WHEN 'integer' THEN
            (p.unit = l.unit OR p.unit = l.bare_unit)
            AND p.censor = ''
            AND p.value BETWEEN l.quiet_low AND l.quiet_high
            AND NOT (l.any_open AND (p.value = l.quiet_low OR p.value = l.quiet_high))
            AND p.value = FLOOR(p.value)
        WHEN 'text' THEN p.text <> ''
        WHEN 'choice' THEN p.text <> '' AND (p.text = l.accepted_1 OR p.text = l.accepted_2)
        WHEN 'boolean' THEN p.text = l.accepted_1 OR p.text = l.accepted_2
        ELSE FALSE
    END
    AND (
        l.verification = 'none'
        OR (
            l.verification = 'second_person'
            AND p.verification <> 'machine'
            AND p.verified_by <> ''
            AND p.performed_by <> ''
            AND LOWER(REPLACE(p.verified_by, ' ', '')) <> LOWER(REPLACE(p.performed_by, ' ', ''))
            AND p.verified_us >= p.performed_us
            AND p.verified_us - p.performed_us <= l.verify_within_us
        )
        OR (l.verification = 'machine' AND p.verification = 'machine')
    ),
    FALSE
)
