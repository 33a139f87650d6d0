/*---
id = "CMP-NOT-RECORDED"
title = "Entry left blank or marked not applicable"
kind = "CMP"
clause = "21 CFR 211.188(b); EU GMP 4.8 (Part I, Chapter 4)"
explains = """Finds entries that are there but hold no value:

- *blank*: left empty, or recorded as an empty text. An optional entry left blank is a finding too: a blank in a record is
  ambiguous.
- *no_reason*: marked not applicable without saying why.
- *not_applicable*: a required entry is marked not applicable, with a reason. No rule can judge the reason, so a person
  reads it. An optional entry that is not applicable with a reason is no finding."""
reads = ["parameter_value"]
limits = ["limit_parameter"]
steps = ["noted_entry"]
skip_when_empty = ["noted_entry"]

[variants.blank]
sentence = "{title} was left blank."
severity = {CQA = "critical", CPP = "major", KPP = "minor", none = "minor"}

[variants.no_reason]
sentence = "{title} is marked not applicable without a reason."
severity = {CQA = "major", CPP = "major", KPP = "minor", none = "minor"}

[variants.not_applicable]
sentence = "{title} is required but marked not applicable: {detail}"
severity = {CQA = "major", CPP = "minor", KPP = "information", none = "information"}
---*/
WITH judged AS (
    SELECT
        p.lot, p.parameter, p.reason, p.position, l.criticality,
        CASE
            WHEN p.status = 'blank' OR (p.status = 'recorded' AND TRIM(p.text) = '') THEN 'blank'
            WHEN p.status = 'not_applicable' AND TRIM(p.reason) = '' THEN 'no_reason'
            WHEN p.status = 'not_applicable' AND l.required THEN 'not_applicable'
        END AS variant
    FROM noted_entry p
    JOIN limit_parameter l ON l.parameter = p.parameter
)
SELECT
    lot, variant, parameter AS subject,
    CASE variant WHEN 'no_reason' THEN 'a reason' ELSE 'a value' END AS expected,
    CASE variant WHEN 'blank' THEN 'blank' ELSE 'not applicable' END AS observed,
    reason AS detail, criticality, position, CAST(0 AS BIGINT) AS position_2
FROM judged
WHERE variant IS NOT NULL
