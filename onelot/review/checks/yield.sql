/*---
id = "REC-YIELD"
title = "Yields within their limits"
kind = "REC"
clause = "21 CFR 211.103, 211.110(a); EU GMP 5.8 (Part I, Chapter 5)"
explains = """For each yield of the master batch record divides its numerator by its denominator, in percent, and compares with its band.

**Boundaries.** The last occurrence of each of the two entries counts. Both are converted to the unit of the master batch record,
and the numerator further to the unit of the denominator. An end belongs to the band unless the MBR says it is open; the
percentage is compared with a relative tolerance of 1e-9 and printed in whole tenths.

**What it does not find.** Wrong entries that give a plausible quotient. Where an entry is missing, is not a plain number (censored
ones too), does not convert, or the denominator is zero, the yield cannot be computed, and this is reported."""
reads = ["parameter_value"]
limits = ["limit_yield", "limit_parameter"]
steps = ["lot_head", "process_value", "unit_conversion"]
skip_when_empty = ["limit_yield"]
applies_if = ["limit_yield"]

[variants.outside]
sentence = "Yield {title} is {observed}, outside {expected} ({detail})."
severity = {CQA = "critical", CPP = "major", KPP = "major", none = "minor"}

[variants.missing]
sentence = "Yield {title} cannot be computed: {observed}."
severity = {CQA = "critical", CPP = "major", KPP = "major", none = "minor"}

[variants.not_computable]
sentence = "Yield {title} cannot be computed from {observed} ({detail})."
severity = {CQA = "critical", CPP = "major", KPP = "major", none = "minor"}
---*/
WITH pair AS (
    SELECT
        h.lot, y.yield_id, y.criticality, y.percent_low, y.percent_high, y.percent_low_open, y.percent_high_open,
        y.percent_text AS expected, y.numerator, y.denominator, h.position AS lot_position,
        n.text || ' ' || n.unit || ' / ' || d.text || ' ' || d.unit AS quotient,
        n.position AS numerator_position, d.position AS denominator_position,
        CASE WHEN n.limit_unit = d.limit_unit THEN n.number ELSE n.number * u.factor + u.shift END AS above,
        d.number AS below
    FROM lot_head h
    CROSS JOIN limit_yield y
    LEFT JOIN process_value n ON n.lot = h.lot AND n.parameter = y.numerator
    LEFT JOIN process_value d ON d.lot = h.lot AND d.parameter = y.denominator
    LEFT JOIN unit_conversion u ON u.source = n.limit_unit AND u.target = d.limit_unit
),
computed AS (
    SELECT *, CASE WHEN below <> 0 THEN 100 * above / below END AS percent FROM pair
)
SELECT
    lot, 'outside' AS variant, yield_id AS subject, expected,
    CASE WHEN percent < 0 THEN 'negative' WHEN percent >= 1e6 THEN 'more than 1000000 %'
        ELSE CAST(CAST(FLOOR(percent * 10 + 0.5) AS BIGINT) // 10 AS VARCHAR) || '.'
            || CAST(CAST(FLOOR(percent * 10 + 0.5) AS BIGINT) % 10 AS VARCHAR) || ' %' END AS observed,
    quotient AS detail, criticality, numerator_position AS position, denominator_position AS position_2
FROM computed
WHERE percent < percent_low - 1e-9 * ABS(percent)
    OR (percent_low_open AND percent <= percent_low + 1e-9 * ABS(percent))
    OR percent > percent_high + 1e-9 * ABS(percent)
    OR (percent_high_open AND percent >= percent_high - 1e-9 * ABS(percent))
UNION ALL
SELECT
    lot,
    CASE WHEN numerator_position IS NULL OR denominator_position IS NULL THEN 'missing' ELSE 'not_computable' END,
    yield_id, expected,
    CASE
        WHEN numerator_position IS NULL THEN numerator || ' is not recorded'
        WHEN denominator_position IS NULL THEN denominator || ' is not recorded'
        ELSE quotient
    END,
    CASE
        WHEN numerator_position IS NULL OR denominator_position IS NULL THEN ''
        WHEN below = 0 THEN 'division by zero'
        ELSE 'not plain numbers in units that convert'
    END,
    criticality, COALESCE(numerator_position, denominator_position, lot_position), COALESCE(denominator_position, 0)
FROM computed
WHERE percent IS NULL
