/*---
id = "TRD-UNUSUAL"
title = "Within limits, but unusual for the process"
kind = "TRD"
clause = "21 CFR 211.180(e); FDA process validation guidance (2011), stage 3; EU GMP 1.10"
explains = """Compares each trended parameter with what the process's own history leads one to expect, given the starting material: the robust distance is
the deviation from a robust regression on the explaining parameters, divided by the robust standard deviation (1.4826 times the median
absolute deviation) of the history. Beyond the distance that the review policy names, the value is unusual. How the baseline is
fitted: see the page on baselines.

**Boundaries.** A distance equal to that of the policy is usual. The last occurrence of a parameter counts, in the unit of the master
batch record. Where the baseline holds too few lots for a parameter (`no_history`, one finding a lot) or an explaining value of the lot
is missing (`covariate_missing`), the check cannot judge, and says so.

**What it does not find.** Faults that the history shares; combinations of values that are unusual only together (see
TRD-UNUSUAL-MULTI); missing values (see the checks of completeness)."""
reads = ["parameter_value"]
limits = ["limit_parameter"]
steps = ["usual_value", "policy"]
skip_when_empty = ["usual_value"]
covers = ["parameter:trended"]

[variants.unusual]
sentence = "{title} is {observed}, {detail}; usual for this starting material is {expected}."
severity = "information"

[variants.no_history]
sentence = "{observed} cannot be compared with the history of the process: {detail}."
severity = "information"

[variants.covariate_missing]
sentence = "{title} cannot be compared with the history of the process: {expected} is not recorded."
severity = "minor"
---*/
WITH judged AS (
    SELECT
        u.*, p.history_lots,
        CAST(FLOOR(LEAST(ABS(u.z), 9999) * 10 + 0.5) AS BIGINT) AS tenths,
        CASE WHEN ABS(u.z) > p.robust_distance THEN 1 ELSE 0 END AS unusual,
        CASE WHEN u.fitted < 0 THEN '-' ELSE '' END AS sign,
        CAST(FLOOR(LEAST(ABS(u.fitted), 1e15) * CASE WHEN ABS(u.fitted) >= 1000 THEN 1 ELSE 1000 END + 0.5) AS BIGINT) AS digits
    FROM usual_value u
    CROSS JOIN policy p
)
SELECT
    lot, 'unusual' AS variant, parameter AS subject,
    'about ' || sign || CASE WHEN ABS(fitted) >= 1000 THEN CAST(digits AS VARCHAR)
        ELSE CAST(digits // 1000 AS VARCHAR) || '.' || SUBSTR(CAST(1000 + digits % 1000 AS VARCHAR), 2, 3) END
        || ' ' || unit AS expected,
    TRIM(text || ' ' || recorded_unit) AS observed,
    CAST(tenths // 10 AS VARCHAR) || '.' || CAST(tenths % 10 AS VARCHAR) || ' robust standard deviations too '
        || CASE WHEN z > 0 THEN 'high' ELSE 'low' END AS detail,
    criticality, position, CAST(0 AS BIGINT) AS position_2
FROM judged
WHERE history = 1 AND unusual = 1
UNION ALL
SELECT
    lot, 'no_history', lot, 'at least ' || CAST(MAX(history_lots) AS VARCHAR) || ' lots',
    CAST(COUNT(*) AS VARCHAR) || CASE WHEN COUNT(*) = 1 THEN ' parameter' ELSE ' parameters' END,
    CASE WHEN MAX(lots) = 0 THEN 'no baseline is given' ELSE 'its baseline holds too few lots' END || ', first '
        || MIN(parameter),
    'none', MIN(lot_position), 0
FROM judged
WHERE history = 0
GROUP BY lot
UNION ALL
SELECT lot, 'covariate_missing', parameter, missing_covariate, TRIM(text || ' ' || recorded_unit), '', criticality, position, 0
FROM judged
WHERE history = 1 AND missing_covariate <> '' AND position IS NOT NULL
