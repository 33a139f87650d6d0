/*---
name = "equipment_gap"
why = """The times at which equipment with some status of a kind (calibration, cleaning, qualification) on file was not in
a valid state: from from_us until before until_us. The latest status at an instant decides alone: a failed calibration
ends an earlier passed one. Of two statuses from one instant, a failed one decides. Both ends of a validity belong to it."""
reads = ["equipment_status"]
skip_when_empty = ["equipment_status"]
---*/
WITH status AS (
    SELECT
        equipment, kind, outcome, valid_from_us, valid_until_us, position,
        ROW_NUMBER() OVER (
            PARTITION BY equipment, kind
            ORDER BY valid_from_us, CASE outcome WHEN 'passed' THEN 0 ELSE 1 END, position
        ) AS step,
        COALESCE(LEAD(valid_from_us) OVER (
            PARTITION BY equipment, kind
            ORDER BY valid_from_us, CASE outcome WHEN 'passed' THEN 0 ELSE 1 END, position
        ), 9223372036854775807) AS next_us
    FROM equipment_status
    WHERE valid_from_us IS NOT NULL
)
SELECT equipment, kind, valid_from_us AS from_us, next_us AS until_us, 'failed' AS state, position
FROM status
WHERE outcome <> 'passed' AND next_us > valid_from_us
UNION ALL
SELECT equipment, kind, valid_until_us + 1, next_us, 'expired', position
FROM status
WHERE outcome = 'passed' AND valid_until_us + 1 < next_us
UNION ALL
SELECT equipment, kind, -9223372036854775807, valid_from_us, 'not_yet', position
FROM status
WHERE step = 1
