/*---
id = "RNG-PLAUSIBLE"
title = "Value that cannot be a true reading"
kind = "RNG"
clause = "21 CFR 211.188; EU GMP Annex 11, 6 (accuracy checks)"
explains = """Compares every recorded number with the plausible limits of its parameter, after unit conversion: outside them a
typing error, a wrong unit or a broken instrument is more likely than the value. A value can be both implausible and outside
its action limits; both are reported, because they ask for different things.

**Boundaries** and **units** as for RNG-ACTION. A censored value is reported if the whole of it lies outside."""
reads = ["parameter_value"]
limits = ["limit_parameter"]
steps = ["suspect_entry"]
skip_when_empty = ["suspect_entry"]
covers = ["parameter:limited"]

[variants.implausible]
sentence = "{title} is recorded as {observed}, which cannot be a true reading (plausible: {expected})."
severity = {CQA = "major", CPP = "major", KPP = "minor", none = "minor"}
---*/
SELECT
    s.lot, 'implausible' AS variant, s.parameter AS subject, l.plausible_text AS expected, s.observed,
    s.detail, s.criticality, s.position, CAST(0 AS BIGINT) AS position_2
FROM suspect_entry s
JOIN limit_parameter l ON l.parameter = s.parameter
WHERE s.censor IN ('', '<', '<=')
    AND COALESCE(
        s.number < l.plausible_low - s.slack
        OR (s.number <= l.plausible_low + s.slack AND (l.plausible_low_open OR s.censor = '<')), FALSE
    )
    OR s.censor IN ('', '>', '>=')
    AND COALESCE(
        s.number > l.plausible_high + s.slack
        OR (s.number >= l.plausible_high - s.slack AND (l.plausible_high_open OR s.censor = '>')), FALSE
    )
