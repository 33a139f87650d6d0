/*---
id = "DUP-SERIES"
title = "Copied time series"
kind = "DUP"
clause = "21 CFR 211.188, 211.194; EU GMP 4.8 (Part I, Chapter 4); MHRA GXP data integrity (2018)"
explains = """Finds two series, in one lot or in two lots that are reviewed together, whose readings are the same text for text in the same order.

**Boundaries.** At least 20 readings with at least three different values. Two lots may share one logger or incubator: the same readings
of the same named device at the same times are not a copy. Of several equal series each is compared with the first one. The finding
stands in both lots.

**What it does not find.** Copies of a part of a series; copies with small changes; copies from lots outside this review."""
reads = ["series_point"]
skip_when_empty = ["series_point"]

[variants.copied]
sentence = "The {observed} of {subject} are the same as those of {expected} ({detail})."
severity = "major"
---*/
WITH sketch AS (
    SELECT
        lot, series, device, COUNT(*) AS readings, MIN(text) AS least, MAX(text) AS most,
        SUM(CAST(FLOOR(LEAST(ABS(COALESCE(value, 0)), 1e9) * 1000 + 0.5) AS BIGINT)) AS total,
        MIN(at_us) AS first_us, MAX(at_us) AS last_us, MIN(position) AS position
    FROM series_point
    GROUP BY lot, series, device
    HAVING COUNT(*) >= 20 AND MIN(text) <> MAX(text)
),
alike AS (
    SELECT
        *,
        DENSE_RANK() OVER (ORDER BY readings, least, most, total) AS family,
        COUNT(*) OVER (PARTITION BY readings, least, most, total) AS members,
        ROW_NUMBER() OVER (PARTITION BY readings, least, most, total ORDER BY lot, series, device) AS member
    FROM sketch
),
suspect AS (
    SELECT * FROM alike WHERE members > 1
),
numbered AS (
    SELECT
        s.family, s.member, p.text, p.at_us,
        ROW_NUMBER() OVER (PARTITION BY s.family, s.member ORDER BY p.at_us, p.position, p.text) AS place_in_line
    FROM suspect s
    JOIN series_point p ON p.lot = s.lot AND p.series = s.series AND p.device = s.device
),
matched AS (
    SELECT
        b.family, b.member, COUNT(*) AS equal, COUNT(DISTINCT b.text) AS texts,
        SUM(CASE WHEN a.at_us = b.at_us THEN 1 ELSE 0 END) AS same_time
    FROM numbered b
    JOIN numbered a
        ON a.family = b.family AND a.member = 1 AND a.place_in_line = b.place_in_line AND a.text = b.text
    WHERE b.member > 1
    GROUP BY b.family, b.member
),
pair AS (
    SELECT
        a.lot AS first_lot, a.series AS first_series, a.position AS first_position,
        b.lot AS second_lot, b.series AS second_series, b.position AS second_position, b.readings
    FROM matched m
    JOIN suspect a ON a.family = m.family AND a.member = 1
    JOIN suspect b ON b.family = m.family AND b.member = m.member
    WHERE m.equal = b.readings AND m.texts >= 3
        AND NOT (a.device = b.device AND a.device <> '' AND m.same_time = b.readings)
)
SELECT
    second_lot AS lot, 'copied' AS variant, second_series AS subject,
    first_series || CASE WHEN first_lot = second_lot THEN '' ELSE ' of lot ' || first_lot END AS expected,
    CAST(readings AS VARCHAR) || ' readings' AS observed, 'in the same order' AS detail, 'none' AS criticality,
    second_position AS position, CASE WHEN first_lot = second_lot THEN first_position ELSE 0 END AS position_2
FROM pair
UNION ALL
SELECT
    first_lot, 'copied', first_series, second_series || ' of lot ' || second_lot, CAST(readings AS VARCHAR) || ' readings',
    'in the same order', 'none', first_position, 0
FROM pair
WHERE first_lot <> second_lot
