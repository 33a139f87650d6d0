/*---
name = "account_gap"
why = """The times at which a known account was not enabled: from from_us until before until_us. A change counts from its
own instant on; where an account was enabled and disabled at one instant, it is disabled."""
reads = ["account_change"]
skip_when_empty = ["account_change"]
---*/
SELECT
    d.person, d.changed_us AS from_us, COALESCE(MIN(n.changed_us), 9223372036854775807) AS until_us, 'disabled' AS state,
    d.position
FROM account_change d
LEFT JOIN account_change n ON n.person = d.person AND (
    n.changed_us > d.changed_us
    OR (n.changed_us = d.changed_us AND n.change = 'disabled' AND n.position > d.position)
)
WHERE d.change = 'disabled' AND d.changed_us IS NOT NULL
GROUP BY d.person, d.changed_us, d.position
UNION ALL
SELECT f.person, -9223372036854775807, f.changed_us, 'not_yet', MIN(e.position)
FROM (
    SELECT person, MIN(changed_us) AS changed_us
    FROM account_change
    WHERE changed_us IS NOT NULL
    GROUP BY person
) f
JOIN account_change e ON e.person = f.person AND e.changed_us = f.changed_us AND e.change = 'enabled'
GROUP BY f.person, f.changed_us
