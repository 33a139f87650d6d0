/*---
id = "RNG-ACTION"
title = "Value outside its action limits"
kind = "RNG"
clause = "21 CFR 211.192; EU GMP 5.39 (Part I, Chapter 5)"
explains = """Compares every recorded number with the action limits of its parameter, after converting the recorded unit
into the limit's. Every occurrence counts, a repeated entry does not hide the first.

**Boundaries.** An end belongs to the band unless the MBR says it is open. Values are compared as recorded, without
rounding. A number in the limit's own unit is compared exactly, a converted one with a relative tolerance of 1e-9, so that
a value on the limit is not refused by the arithmetic of the conversion.

**Censored values.** `<0.5` lies inside an upper limit of 0.5 and outside a lower limit of 0.5. Where the sign leaves open
on which side the true value lies, the finding says so (`undecidable`); it is never passed silently. An end that no true
value can pass, because the plausible limits end there too, is no doubt: `<1` is inside 0 to 5 % if plausible is 0 to 100 %.

**What it does not find.** Units that are missing or do not convert (see RNG-UNIT), text where a number is expected
(see RNG-TYPE), readings that cannot be true (see RNG-PLAUSIBLE)."""
reads = ["parameter_value"]
limits = ["limit_parameter"]
steps = ["noted_entry", "unit_conversion"]
skip_when_empty = ["noted_entry"]
covers = ["parameter:limited"]

[variants.outside]
sentence = "{title} is {observed}, outside its action limits {expected}."
severity = {CQA = "critical", CPP = "major", KPP = "minor", none = "minor"}

[variants.undecidable]
sentence = "{title} is recorded as {observed}; with this sign nobody can tell whether it lies within {expected}."
severity = {CQA = "critical", CPP = "major", KPP = "minor", none = "minor"}
---*/
WITH compared AS (
    SELECT
        p.lot, p.parameter, p.text, p.unit, p.censor, p.occurrence, p.position,
        l.action_text, l.unit AS limit_unit, l.criticality,
        p.value * u.factor + u.shift AS number,
        l.action_low, l.action_high, l.action_low_open, l.action_high_open,
        COALESCE(l.plausible_low >= l.action_low, l.action_low IS NULL) AS low_is_safe,
        COALESCE(l.plausible_high <= l.action_high, l.action_high IS NULL) AS high_is_safe,
        CASE WHEN u.factor = 1 AND u.shift = 0 THEN 0
            ELSE 1e-9 * ABS(p.value * u.factor + u.shift) END AS slack
    FROM noted_entry p
    JOIN limit_parameter l ON l.parameter = p.parameter
    JOIN unit_conversion u ON u.source = p.unit AND u.target = l.unit
    WHERE p.status = 'recorded' AND p.value IS NOT NULL
),
ends AS (
    SELECT
        *,
        COALESCE(number < action_low - slack OR (action_low_open AND number <= action_low + slack), FALSE) AS below,
        COALESCE(number > action_high + slack OR (action_high_open AND number >= action_high - slack), FALSE) AS above,
        -- The whole half-line of a censored value is outside, or partly outside.
        COALESCE(
            number < action_low - slack
            OR (number <= action_low + slack AND (action_low_open OR censor = '<')), FALSE
        ) AS wholly_below,
        COALESCE(
            number > action_high + slack
            OR (number >= action_high - slack AND (action_high_open OR censor = '>')), FALSE
        ) AS wholly_above,
        COALESCE(
            number > action_high + slack
            OR (action_high_open AND censor = '<=' AND number >= action_high - slack), FALSE
        ) AS may_be_above,
        COALESCE(
            number < action_low - slack
            OR (action_low_open AND censor = '>=' AND number <= action_low + slack), FALSE
        ) AS may_be_below
    FROM compared
),
judged AS (
    SELECT
        *,
        CASE
            WHEN censor = '' THEN CASE WHEN below OR above THEN 'outside' END
            WHEN censor IN ('<', '<=') THEN CASE
                WHEN wholly_below THEN 'outside'
                WHEN NOT low_is_safe OR may_be_above THEN 'undecidable' END
            ELSE CASE
                WHEN wholly_above THEN 'outside'
                WHEN NOT high_is_safe OR may_be_below THEN 'undecidable' END
        END AS variant
    FROM ends
)
SELECT
    lot,
    variant,
    parameter AS subject,
    action_text || CASE WHEN limit_unit IN ('', '1') THEN '' ELSE ' ' || limit_unit END AS expected,
    text || CASE WHEN unit IN ('', '1') THEN '' ELSE ' ' || unit END AS observed,
    CASE WHEN occurrence > 1 THEN 'occurrence ' || CAST(occurrence AS VARCHAR) ELSE '' END AS detail,
    criticality,
    position,
    0 AS position_2
FROM judged
WHERE variant IS NOT NULL
