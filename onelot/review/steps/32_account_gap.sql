/*---
name = "account_gap"
why = """The times at which a known account was not enabled: from from_us until before until_us. A change counts from its
own instant on; where an account was enabled and disabled at one instant, it is disabled."""
reads = ["account_change"]
skip_when_empty = ["account_change"]
---*/
WITH change AS (
    SELECT
        person, change, changed_us, position,
        ROW_NUMBER() OVER (
            PARTITION BY person
            ORDER BY changed_us, CASE change WHEN 'disabled' THEN 1 ELSE 0 END, position
        ) AS step,
        LEAD(changed_us) OVER (
            PARTITION BY person
            ORDER BY changed_us, CASE change WHEN 'disabled' THEN 1 ELSE 0 END, position
        ) AS next_us
    FROM account_change
    WHERE changed_us IS NOT NULL
)
SELECT
    person, changed_us AS from_us, COALESCE(next_us, 9223372036854775807) AS until_us, 'disabled' AS state, position
FROM change
WHERE change = 'disabled'
UNION ALL
SELECT person, -9223372036854775807, changed_us, 'not_yet', position
FROM change
WHERE step = 1 AND change = 'enabled'
