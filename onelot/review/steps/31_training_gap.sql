/*---
name = "training_gap"
why = """The times at which a person with some training in a curriculum had no valid training in it: from from_us until
before until_us. Trainings add up: one valid training is enough. Both ends of a validity belong to it."""
reads = ["training"]
skip_when_empty = ["training"]
---*/
WITH span AS (
    SELECT
        person, curriculum, valid_from_us, position,
        COALESCE(valid_until_us, 9223372036854775806) AS valid_until_us,
        MAX(COALESCE(valid_until_us, 9223372036854775806)) OVER (
            PARTITION BY person, curriculum ORDER BY valid_from_us, position
            ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING
        ) AS covered_until_us
    FROM training
    WHERE valid_from_us IS NOT NULL
)
SELECT
    person, curriculum,
    COALESCE(covered_until_us + 1, -9223372036854775807) AS from_us,
    valid_from_us AS until_us,
    CASE WHEN covered_until_us IS NULL THEN 'not_yet' ELSE 'expired' END AS state,
    position
FROM span
WHERE covered_until_us IS NULL OR valid_from_us > covered_until_us + 1
UNION ALL
SELECT person, curriculum, MAX(valid_until_us) + 1, 9223372036854775807, 'expired', MAX(position)
FROM span
GROUP BY person, curriculum
HAVING MAX(valid_until_us) < 9223372036854775806
