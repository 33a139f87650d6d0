/*---
id = "AUD-CHANGE"
title = "Changes of entries, as the audit trail shows them"
kind = "AUD"
clause = "21 CFR 11.10(e), 211.192; EU GMP Annex 11, 9; EU GMP Annex 11, 8.2"
explains = """Reviews every line of the audit trail and every difference that a corrected document brought.

`no_reason`: changed without a reason. `deleted`: the value was removed. `after_verification`, `after_completion`: changed after it
was verified, or after the record was completed. `other_person`: changed by somebody else than who made the entry.
`administrator`: changed by an administrator. `into_limit`: a number outside its action limits was changed into one within.
`burst`: five or more changes by one person within ten minutes (one finding, at the fifth). `corrected`: a corrected document
replaced this. `critical_change`: a change of a CQA or CPP that none of the above fits, for the reviewer's information.

**Boundaries.** One change can be several of these, and each is a finding. A change at the very instant of verification or
completion is not after it. A role is an administrator's if it contains the letters `admin`. What belongs to the MBR's subject
`unit_procedure/operation/phase/parameter` is found by that path and its occurrence.

**What it does not find.** Changes that the source system kept no trail of."""
reads = ["entry_changed", "parameter_value", "phase_performed"]
limits = ["limit_parameter", "limit_phase"]
steps = ["lot_head"]
skip_when_empty = ["entry_changed"]
covers = ["change"]

[variants.no_reason]
sentence = "{title} was changed from {expected} to {observed} without a reason ({detail})."
severity = {CQA = "critical", CPP = "major", KPP = "major", none = "minor"}

[variants.deleted]
sentence = "{title}: {expected} was deleted ({detail})."
severity = {CQA = "critical", CPP = "major", KPP = "major", none = "major"}

[variants.after_verification]
sentence = "{title} was changed from {expected} to {observed} after it had been verified ({detail})."
severity = {CQA = "critical", CPP = "major", KPP = "major", none = "major"}

[variants.after_completion]
sentence = "{title} was changed from {expected} to {observed} after the record had been completed ({detail})."
severity = {CQA = "critical", CPP = "major", KPP = "major", none = "major"}

[variants.other_person]
sentence = "{title} was changed from {expected} to {observed} by somebody else than who made the entry ({detail})."
severity = {CQA = "major", CPP = "major", KPP = "minor", none = "minor"}

[variants.administrator]
sentence = "{title} was changed from {expected} to {observed} by an administrator ({detail})."
severity = {CQA = "critical", CPP = "critical", KPP = "major", none = "major"}

[variants.into_limit]
sentence = "{title} was changed from {expected}, outside its action limits, to {observed}, within them ({detail})."
severity = {CQA = "critical", CPP = "critical", KPP = "major", none = "major"}

[variants.burst]
sentence = "{observed} changes by one person within {expected}, up to this one of {title} ({detail})."
severity = "major"

[variants.corrected]
sentence = "{title}: a corrected document says {observed} instead of {expected} ({detail})."
severity = {CQA = "major", CPP = "major", KPP = "minor", none = "minor"}

[variants.critical_change]
sentence = "{title} was changed from {expected} to {observed} ({detail})."
severity = "information"
---*/
WITH entry AS (
    SELECT lot, parameter AS subject, occurrence, performed_by, verified_us, position FROM parameter_value
    UNION ALL
    SELECT lot, phase, occurrence, performed_by, verified_us, position FROM phase_performed
),
known AS (
    SELECT
        c.lot, c.position, c.subject, c.field, c.occurrence,
        MIN(e.performed_by) AS performed_by, MIN(e.verified_us) AS verified_us, MIN(e.position) AS entry_position,
        MAX(CASE WHEN e.performed_by = c.changed_by THEN 1 ELSE 0 END) AS own
    FROM entry_changed c
    JOIN entry e ON e.lot = c.lot AND e.subject = c.subject AND e.occurrence = c.occurrence
    GROUP BY c.lot, c.position, c.subject, c.field, c.occurrence
),
change AS (
    SELECT
        c.*, k.performed_by, k.verified_us, COALESCE(k.own, 0) AS own, COALESCE(k.entry_position, 0) AS entry_position,
        h.completed_us, COALESCE(p.criticality, f.criticality, 'none') AS criticality,
        COALESCE(
            (TRY_CAST(c.before AS DOUBLE) < p.action_low OR TRY_CAST(c.before AS DOUBLE) > p.action_high)
            AND (p.action_low IS NULL OR TRY_CAST(c.after AS DOUBLE) >= p.action_low)
            AND (p.action_high IS NULL OR TRY_CAST(c.after AS DOUBLE) <= p.action_high), FALSE
        ) AS into_limit,
        CASE WHEN c.origin = 'source' AND c.changed_by <> '' THEN c.changed_us - LAG(c.changed_us, 4) OVER (
            PARTITION BY c.lot, c.origin, c.changed_by ORDER BY c.changed_us, c.position, c.subject, c.field
        ) END AS five_within_us,
        LOWER(c.role) LIKE '%admin%' AS by_administrator
    FROM entry_changed c
    JOIN lot_head h ON h.lot = c.lot
    LEFT JOIN known k
        ON k.lot = c.lot AND k.position = c.position AND k.subject = c.subject AND k.field = c.field
        AND k.occurrence = c.occurrence
    LEFT JOIN limit_parameter p ON p.parameter = c.subject
    LEFT JOIN limit_phase f ON f.phase = c.subject
),
crowded AS (
    SELECT
        *,
        CASE WHEN five_within_us <= 600000000 THEN ROW_NUMBER() OVER (
            PARTITION BY lot, changed_by, CASE WHEN five_within_us <= 600000000 THEN 1 ELSE 0 END
            ORDER BY changed_us, position, subject, field
        ) END AS burst
    FROM change
),
judged AS (
    SELECT c.*, x.variant
    FROM crowded c
    CROSS JOIN (
        SELECT 'no_reason' AS variant UNION ALL SELECT 'deleted' UNION ALL SELECT 'after_verification'
        UNION ALL SELECT 'after_completion' UNION ALL SELECT 'other_person' UNION ALL SELECT 'administrator'
        UNION ALL SELECT 'into_limit' UNION ALL SELECT 'burst' UNION ALL SELECT 'corrected' UNION ALL SELECT 'critical_change'
    ) x
    WHERE CASE x.variant
        WHEN 'no_reason' THEN c.origin = 'source' AND TRIM(c.reason) = ''
        WHEN 'deleted' THEN TRIM(c.after) = '' AND TRIM(c.before) <> ''
        WHEN 'after_verification' THEN c.origin = 'source' AND c.changed_us > c.verified_us
        WHEN 'after_completion' THEN c.origin = 'source' AND c.changed_us > c.completed_us
        WHEN 'other_person' THEN
            c.origin = 'source' AND c.performed_by <> '' AND c.own = 0 AND NOT c.by_administrator
        WHEN 'administrator' THEN c.by_administrator
        WHEN 'into_limit' THEN c.into_limit
        WHEN 'burst' THEN c.burst = 1
        WHEN 'corrected' THEN c.origin = 'correction'
        ELSE
            c.criticality IN ('CQA', 'CPP') AND c.origin = 'source' AND TRIM(c.reason) <> '' AND TRIM(c.after) <> ''
            AND NOT COALESCE(c.changed_us > c.verified_us, FALSE) AND NOT COALESCE(c.changed_us > c.completed_us, FALSE)
            AND NOT c.by_administrator AND NOT c.into_limit
            AND (c.own = 1 OR COALESCE(c.performed_by, '') = '')
    END
)
SELECT
    lot, variant, subject,
    CASE variant WHEN 'burst' THEN '10 min' ELSE CASE WHEN before = '' THEN '(blank)' ELSE before END END AS expected,
    CASE variant WHEN 'burst' THEN '5' ELSE CASE WHEN after = '' THEN '(blank)' ELSE after END END AS observed,
    field || CASE WHEN changed_by = '' THEN '' ELSE ', by ' || changed_by END
        || CASE WHEN reason = '' THEN '' ELSE ', reason: ' || reason END AS detail,
    criticality, position, entry_position AS position_2
FROM judged
