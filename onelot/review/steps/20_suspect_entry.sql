/*---
name = "suspect_entry"
why = """Recorded numbers among the noted entries, with their limits, converted into the limit's unit. slack is the
tolerance of a converted number (relative 1e-9), 0 for a number in the limit's own unit. low_is_safe and high_is_safe: no
true value can pass that end of the action limits, because the plausible limits end there too."""
limits = ["limit_parameter"]
steps = ["noted_entry", "unit_conversion"]
skip_when_empty = ["noted_entry"]
---*/
SELECT
    p.lot, p.parameter, p.occurrence, p.text, p.censor, p.position,
    p.text || CASE WHEN p.unit IN ('', '1') THEN '' ELSE ' ' || p.unit END AS observed,
    CASE WHEN p.occurrence > 1 THEN 'occurrence ' || CAST(p.occurrence AS VARCHAR) ELSE '' END AS detail,
    l.criticality,
    p.value * u.factor + u.shift AS number,
    CASE WHEN u.factor = 1 AND u.shift = 0 THEN 0 ELSE 1e-9 * ABS(p.value * u.factor + u.shift) END AS slack
FROM noted_entry p
JOIN limit_parameter l ON l.parameter = p.parameter
JOIN unit_conversion u ON u.source = p.unit AND u.target = l.unit
WHERE p.status = 'recorded' AND p.value IS NOT NULL AND l.data_type IN ('number', 'integer')
