/*---
name = "noted_entry"
why = """Every entry that a check on values or on verification may have to look at: unknown to the MBR, not recorded as a
value in the limit's own unit inside every band or among the first two accepted answers, not plainly verified in time by
another person. What it leaves out is quiet: no such check can find anything in it. Tests hold that every check finds the
same when nothing is left out."""
reads = ["parameter_value"]
steps = ["odd_entry", "limit_entry"]
skip_when_empty = ["odd_entry"]
---*/
SELECT p.*
FROM odd_entry p
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
            AND p.second_person = 1
            AND p.verified_after_us BETWEEN 0 AND l.verify_within_us
        )
        OR (l.verification = 'machine' AND p.verification = 'machine')
    ),
    FALSE
)
