/*---
name = "lot_head"
why = """One row for each lot. Where two documents give a lot different heads, the first one counts here (the check
IDM-MATCH reports that they differ); the earliest completion counts, so that nothing entered after it is missed."""
reads = ["lot"]
---*/
WITH ranked AS (
    SELECT
        *,
        ROW_NUMBER() OVER (PARTITION BY lot ORDER BY position, completed_position) AS place_in_line,
        MIN(completed_us) OVER (PARTITION BY lot) AS first_completed_us
    FROM lot
)
SELECT lot, coi_identifier, site, intended_market, first_completed_us AS completed_us, position
FROM ranked
WHERE place_in_line = 1
