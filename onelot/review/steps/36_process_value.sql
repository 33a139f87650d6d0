/*---
name = "process_value"
why = """The standing value of each parameter that is trended, explains others (covariate), enters a yield or holds the
patient's weight: its last occurrence that is not marked not applicable, in the unit of the MBR. number is null where
it is not a plain number in a unit that converts."""
reads = ["parameter_value"]
limits = ["limit_parameter", "limit_yield", "limit_criterion"]
steps = ["unit_conversion"]
only_if = """EXISTS (SELECT 1 FROM limit_parameter WHERE trended OR covariate) OR EXISTS (SELECT 1 FROM limit_yield)
    OR EXISTS (SELECT 1 FROM limit_criterion WHERE weight_parameter <> '')"""
skip_when_empty = ["parameter_value"]
---*/
WITH wanted AS (
    SELECT parameter FROM limit_parameter WHERE trended OR covariate
    UNION SELECT numerator FROM limit_yield
    UNION SELECT denominator FROM limit_yield
    UNION SELECT weight_parameter FROM limit_criterion WHERE weight_parameter <> ''
),
ranked AS (
    SELECT
        p.lot, p.parameter, p.status, p.text, p.unit, p.value, p.censor, p.position, l.unit AS limit_unit,
        ROW_NUMBER() OVER (PARTITION BY p.lot, p.parameter ORDER BY p.occurrence DESC, p.position DESC) AS place_in_line
    FROM parameter_value p
    JOIN wanted w ON w.parameter = p.parameter
    JOIN limit_parameter l ON l.parameter = p.parameter
    WHERE p.status <> 'not_applicable'
)
SELECT
    r.lot, r.parameter, r.text, r.unit, r.position, r.limit_unit,
    CASE
        WHEN r.status <> 'recorded' OR r.censor <> '' THEN NULL
        WHEN r.unit = r.limit_unit OR (r.unit = '' AND r.limit_unit = '1') THEN r.value
        ELSE r.value * u.factor + u.shift
    END AS number
FROM ranked r
LEFT JOIN unit_conversion u ON u.source = r.unit AND u.target = r.limit_unit
WHERE r.place_in_line = 1
