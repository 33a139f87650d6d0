/*---
id = "RNG-UNIT"
title = "Unit missing, unknown or of another kind of quantity"
kind = "RNG"
clause = "21 CFR 211.188(b); EU GMP Annex 11, 6"
explains = """Looks at the unit of every recorded number. Units are UCUM codes and convert by a library; a number whose unit is
missing, is no UCUM code, or measures another kind of quantity is compared with no limit, so it must be looked at.

A pure number (unit `1` in the MBR) may come without a unit. A unit that converts is no finding, whatever it is."""
reads = ["parameter_value"]
limits = ["limit_parameter"]
steps = ["noted_entry", "unit_conversion"]
skip_when_empty = ["noted_entry"]

[variants.missing]
sentence = "{title} is recorded as {observed} without a unit; its limits are in {expected}, so it was compared with nothing."
severity = {CQA = "major", CPP = "major", KPP = "minor", none = "minor"}

[variants.not_convertible]
sentence = "{title} is recorded as {observed}, which does not convert to {expected}, so it was compared with nothing."
severity = {CQA = "major", CPP = "major", KPP = "minor", none = "minor"}
---*/
SELECT
    p.lot,
    CASE WHEN p.unit = '' THEN 'missing' ELSE 'not_convertible' END AS variant,
    p.parameter AS subject,
    l.unit AS expected,
    p.text || CASE WHEN p.unit = '' THEN '' ELSE ' ' || p.unit END AS observed,
    CASE WHEN p.occurrence > 1 THEN 'occurrence ' || CAST(p.occurrence AS VARCHAR) ELSE '' END AS detail,
    l.criticality, p.position, CAST(0 AS BIGINT) AS position_2
FROM noted_entry p
JOIN limit_parameter l ON l.parameter = p.parameter
LEFT JOIN unit_conversion u ON u.source = p.unit AND u.target = l.unit
WHERE p.status = 'recorded' AND l.data_type IN ('number', 'integer') AND p.value IS NOT NULL
    AND u.source IS NULL AND NOT (p.unit = '' AND l.unit IN ('', '1'))
