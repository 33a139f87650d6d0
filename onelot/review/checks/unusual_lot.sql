/*---
id = "TRD-UNUSUAL-MULTI"
title = "Each value usual, but not all together"
kind = "TRD"
clause = "21 CFR 211.180(e); FDA process validation guidance (2011), stage 3; EU GMP 1.10"
explains = """Computes the robust (Mahalanobis) distance of the lot's trended parameters, taken together and given the starting material, from the
process's own history, with the location and covariance of the minimum covariance determinant. Its square is compared with a quantile
that corresponds to the robust distance of the policy at which the baseline was fitted, corrected for the number of lots. How
the baseline is fitted: see the page on baselines.

**Boundaries.** A distance equal to the limit is usual. Where the history is too small for the number of parameters (`no_history`) or one
of the values is missing (`incomplete`), the check cannot judge, and says so.

**What it does not find.** Which value is wrong: the finding names the one that alone lies farthest."""
reads = ["parameter_value"]
limits = ["limit_parameter"]
steps = ["usual_value", "lot_head", "baseline_parameter", "baseline_precision"]

skip_when_empty = ["usual_value"]
[variants.unusual]
sentence = "Taken together, the trended values of this lot are unusual: squared robust distance {observed}, usual is at most {expected} ({detail})."
severity = "information"

[variants.no_history]
sentence = "{observed} cannot be judged together: {detail}."
severity = "information"

[variants.incomplete]
sentence = "The trended values of this lot cannot be judged together: {observed} ({detail})."
severity = "minor"
---*/
WITH joint AS (
    SELECT u.lot, u.parameter, u.lot_position, u.position, u.missing_covariate, u.z, b.joint_limit, b.joint_limit_text,
        u.z - b.joint_center AS offset_z
    FROM usual_value u
    JOIN baseline_parameter b ON b.parameter = u.parameter
    WHERE u.joint = 1
),
whole AS (
    SELECT
        lot, COUNT(*) AS parameters, COUNT(z) AS known, MAX(joint_limit) AS joint_limit, MAX(joint_limit_text) AS limit_text,
        MIN(lot_position) AS lot_position, MIN(CASE WHEN z IS NULL THEN parameter END) AS missing,
        MIN(CASE WHEN z IS NULL THEN missing_covariate END) AS missing_covariate
    FROM joint
    GROUP BY lot
),
farthest AS (
    SELECT lot, parameter, position
    FROM (
        SELECT lot, parameter, position, ROW_NUMBER() OVER (PARTITION BY lot ORDER BY ABS(z) DESC, parameter) AS place_in_line
        FROM joint
    ) ranked
    WHERE place_in_line = 1
),
distance AS (
    SELECT a.lot, SUM(a.offset_z * p.precision * b.offset_z) AS squared
    FROM joint a
    JOIN baseline_precision p ON p.parameter = a.parameter
    JOIN joint b ON b.lot = a.lot AND b.parameter = p.other
    GROUP BY a.lot
),
trended AS (
    SELECT lot, COUNT(*) AS parameters, SUM(joint) AS joint, MIN(lot_position) AS position
    FROM usual_value
    GROUP BY lot
)
SELECT
    w.lot, 'unusual' AS variant, w.lot AS subject, w.limit_text AS expected,
    CAST(CAST(FLOOR(LEAST(d.squared, 1e9) * 10 + 0.5) AS BIGINT) // 10 AS VARCHAR) || '.'
        || CAST(CAST(FLOOR(LEAST(d.squared, 1e9) * 10 + 0.5) AS BIGINT) % 10 AS VARCHAR) AS observed,
    CAST(w.parameters AS VARCHAR) || ' parameters, farthest ' || f.parameter AS detail, 'none' AS criticality,
    f.position, CAST(0 AS BIGINT) AS position_2
FROM whole w
JOIN distance d ON d.lot = w.lot
JOIN farthest f ON f.lot = w.lot
WHERE w.known = w.parameters AND d.squared > w.joint_limit
UNION ALL
SELECT
    lot, 'incomplete', lot, 'all values', CASE WHEN missing_covariate = '' THEN missing ELSE missing_covariate END
        || ' is not recorded as a number',
    CAST(parameters - known AS VARCHAR) || ' of ' || CAST(parameters AS VARCHAR) || ' parameters', 'none', lot_position, 0
FROM whole
WHERE known < parameters
UNION ALL
SELECT
    lot, 'no_history', lot, 'a baseline for all together', CAST(parameters AS VARCHAR) || ' parameters',
    'the baseline holds too few lots for so many parameters, or none is given', 'none', position, 0
FROM trended
WHERE parameters > 1 AND joint = 0
