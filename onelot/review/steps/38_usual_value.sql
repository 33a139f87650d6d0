/*---
name = "usual_value"
why = """For each trended parameter of a lot: what the history of the process leads one to expect, given the starting material
(fitted), and how far the lot lies from it (z, in robust standard deviations of the history). z is null where the value or an
explaining value is missing; history says whether the baseline holds enough lots."""
reads = ["parameter_value"]
limits = ["limit_parameter"]
steps = ["process_value", "lot_head", "policy", "baseline_parameter", "baseline_coefficient"]
only_if = "EXISTS (SELECT 1 FROM limit_parameter WHERE trended)"
---*/
WITH explained AS (
    SELECT
        h.lot, c.parameter, SUM(c.coefficient * (x.number - c.center)) AS shift,
        COUNT(*) - COUNT(CASE WHEN x.limit_unit = c.unit THEN x.number END) AS missing,
        MIN(CASE WHEN x.number IS NULL OR x.limit_unit <> c.unit THEN c.covariate END) AS missing_covariate
    FROM lot_head h
    CROSS JOIN baseline_coefficient c
    LEFT JOIN process_value x ON x.lot = h.lot AND x.parameter = c.covariate
    GROUP BY h.lot, c.parameter
)
SELECT
    h.lot, l.parameter, l.criticality, l.unit, h.position AS lot_position,
    CASE WHEN b.parameter IS NOT NULL AND b.unit = l.unit AND b.lots >= p.history_lots THEN 1 ELSE 0 END AS history,
    COALESCE(b.lots, 0) AS lots,
    CASE WHEN b.unit = l.unit AND b.lots >= p.history_lots AND COALESCE(b.joint, FALSE) THEN 1 ELSE 0 END AS joint,
    COALESCE(e.missing_covariate, '') AS missing_covariate,
    v.text, v.unit AS recorded_unit, v.position,
    CASE WHEN COALESCE(e.missing, 0) = 0 THEN b.intercept + COALESCE(e.shift, 0) END AS fitted,
    CASE WHEN COALESCE(e.missing, 0) = 0 THEN (v.number - b.intercept - COALESCE(e.shift, 0)) / b.scale END AS z
FROM limit_parameter l
CROSS JOIN policy p
CROSS JOIN lot_head h
LEFT JOIN baseline_parameter b ON b.parameter = l.parameter
LEFT JOIN explained e ON e.lot = h.lot AND e.parameter = l.parameter
LEFT JOIN process_value v ON v.lot = h.lot AND v.parameter = l.parameter
WHERE l.trended
