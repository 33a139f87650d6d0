/*---
name = "suspect_phase"
why = """Runs of phases that a check on times, states, repeats or verification may have to look at; the other runs are
completed first runs of a phase that the MBR knows, with start and end in order, not too long, and plainly verified."""
reads = ["phase_performed"]
limits = ["limit_phase", "limit_mbr"]
skip_when_empty = ["phase_performed"]
---*/
SELECT p.*
FROM phase_performed p
CROSS JOIN limit_mbr m
LEFT JOIN limit_phase l ON l.phase = p.phase
WHERE NOT COALESCE(
    p.state = 'completed'
    AND p.occurrence = 1
    AND p.ended_us >= p.started_us
    AND (l.max_duration_us IS NULL OR p.ended_us - p.started_us <= l.max_duration_us)
    AND (
        l.verification = 'none'
        OR (
            l.verification = 'second_person'
            AND p.second_person = 1
            AND p.verified_after_us BETWEEN 0 AND m.verify_within_us
        )
        OR (l.verification = 'machine' AND p.verification = 'machine')
    ),
    FALSE
)
