/*---
id = "RNG-ACTION"
title = "Value outside its action limits"
kind = "RNG"
clause = "21 CFR 211.192"
explains = """Compares every recorded number with the action limits of its parameter, after converting the recorded unit
into the limit's. Every occurrence counts: a repeated entry does not hide the first.

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
steps = ["suspect_entry"]
skip_when_empty = ["suspect_entry"]
covers = ["parameter:limited"]

[variants.outside]
sentence = "{title} is {observed}, outside its action limits {expected}."
severity = {CQA = "critical", CPP = "major", KPP = "minor", none = "minor"}

[variants.undecidable]
sentence = "{title} is recorded as {observed}; with this sign nobody can tell whether it lies within {expected}."
severity = {CQA = "critical", CPP = "major", KPP = "minor", none = "minor"}
---*/
WITH ends AS (
    SELECT
        s.lot, s.parameter, s.censor, s.observed, s.detail, s.criticality, s.position,
        l.action_text AS expected,
        COALESCE(s.number < l.action_low - s.slack, FALSE) AS under,
        COALESCE(s.number <= l.action_low + s.slack, FALSE) AS at_or_under,
        COALESCE(s.number > l.action_high + s.slack, FALSE) AS over,
        COALESCE(s.number >= l.action_high - s.slack, FALSE) AS at_or_over,
        l.action_low_open AS low_open,
        l.action_high_open AS high_open,
        -- No true value lies beyond this end.
        COALESCE(l.plausible_low >= l.action_low, l.action_low IS NULL) AS low_is_safe,
        COALESCE(l.plausible_high <= l.action_high, l.action_high IS NULL) AS high_is_safe
    FROM suspect_entry s
    JOIN limit_parameter l ON l.parameter = s.parameter
),
judged AS (
    SELECT
        *,
        CASE
            WHEN censor = '' THEN
                CASE WHEN under OR over OR (low_open AND at_or_under) OR (high_open AND at_or_over) THEN 'outside' END
            WHEN censor = '<' OR censor = '<=' THEN CASE
                WHEN under OR (at_or_under AND (low_open OR censor = '<')) THEN 'outside'
                WHEN over OR (at_or_over AND high_open AND censor = '<=') OR NOT low_is_safe THEN 'undecidable' END
            ELSE CASE
                WHEN over OR (at_or_over AND (high_open OR censor = '>')) THEN 'outside'
                WHEN under OR (at_or_under AND low_open AND censor = '>=') OR NOT high_is_safe THEN 'undecidable' END
        END AS variant
    FROM ends
)
SELECT
    lot, variant, parameter AS subject, expected, observed, detail, criticality, position,
    CAST(0 AS BIGINT) AS position_2
FROM judged
WHERE variant IS NOT NULL
