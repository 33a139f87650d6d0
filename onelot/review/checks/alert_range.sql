/*---
id = "ALR-ALERT"
title = "Value outside its alert limits"
kind = "ALR"
clause = "EU GMP Part IV 2.2 (alert limits as part of process knowledge); 21 CFR 211.110(b)"
explains = """Compares every recorded number with the alert limits of its parameter, after unit conversion. A value that
RNG-ACTION already reports as outside the action limits is not reported again.

**Boundaries** and **units** as for RNG-ACTION. A censored value is reported only if the whole of it lies outside; where the
sign leaves it open, the action limits decide whether anybody must look."""
reads = ["parameter_value"]
limits = ["limit_parameter"]
steps = ["suspect_entry"]
skip_when_empty = ["suspect_entry"]
covers = ["parameter:limited"]

[variants.outside]
sentence = "{title} is {observed}: within the action limits, but outside the alert limits {expected}."
severity = {CQA = "minor", CPP = "minor", KPP = "information", none = "information"}
---*/
SELECT
    s.lot, 'outside' AS variant, s.parameter AS subject, l.alert_text AS expected, s.observed, s.detail,
    s.criticality, s.position, CAST(0 AS BIGINT) AS position_2
FROM suspect_entry s
JOIN limit_parameter l ON l.parameter = s.parameter
WHERE (
        s.censor IN ('', '<', '<=')
        AND COALESCE(
            s.number < l.alert_low - s.slack
            OR (s.number <= l.alert_low + s.slack AND (l.alert_low_open OR s.censor = '<')), FALSE
        )
        OR s.censor IN ('', '>', '>=')
        AND COALESCE(
            s.number > l.alert_high + s.slack
            OR (s.number >= l.alert_high - s.slack AND (l.alert_high_open OR s.censor = '>')), FALSE
        )
    )
    AND NOT (
        s.censor IN ('', '<', '<=')
        AND COALESCE(
            s.number < l.action_low - s.slack
            OR (s.number <= l.action_low + s.slack AND (l.action_low_open OR s.censor = '<')), FALSE
        )
        OR s.censor IN ('', '>', '>=')
        AND COALESCE(
            s.number > l.action_high + s.slack
            OR (s.number >= l.action_high - s.slack AND (l.action_high_open OR s.censor = '>')), FALSE
        )
    )
