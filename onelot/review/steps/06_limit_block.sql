/*---
name = "limit_block"
why = """Parameters that a lot without repeats holds exactly once, in blocks of 40, each with its own power of two. The
powers of one block add up to 2^n - 1 from n entries in one way only: each parameter once. So counting and adding proves
completeness without looking at single entries. It depends on the MBR alone."""
limits = ["limit_parameter"]
---*/
WITH numbered AS (
    SELECT parameter, ROW_NUMBER() OVER (ORDER BY parameter) - 1 AS ordinal
    FROM limit_parameter
    WHERE required AND min_occurrences = 1 AND COALESCE(max_occurrences, 1) = 1
)
SELECT
    parameter,
    CAST(ordinal // 40 AS BIGINT) AS block,
    CAST(POWER(2, ordinal % 40) AS BIGINT) AS bit
FROM numbered
