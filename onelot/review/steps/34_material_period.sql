/*---
name = "material_period"
why = """The status of each material lot over time: from from_us until before until_us. Of several statuses from one
instant the most cautious one decides. Before its first status a material lot is unknown."""
reads = ["material_status"]
skip_when_empty = ["material_status"]
---*/
WITH change AS (
    SELECT
        *,
        CASE status WHEN 'released' THEN 0 WHEN 'quarantine' THEN 1 WHEN 'blocked' THEN 2 ELSE 3 END AS caution
    FROM material_status
    WHERE changed_us IS NOT NULL
),
period AS (
    SELECT
        material, material_lot, status, changed_us, position,
        ROW_NUMBER() OVER (
            PARTITION BY material, material_lot ORDER BY changed_us, caution, position
        ) AS step,
        LEAD(changed_us) OVER (
            PARTITION BY material, material_lot ORDER BY changed_us, caution, position
        ) AS next_us
    FROM change
)
SELECT
    material, material_lot, status, changed_us AS from_us, COALESCE(next_us, 9223372036854775807) AS until_us, position
FROM period
UNION ALL
SELECT material, material_lot, 'unknown', -9223372036854775807, changed_us, position
FROM period
WHERE step = 1
