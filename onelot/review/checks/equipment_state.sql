/*---
id = "CAL-VALID"
title = "Equipment calibrated, clean and qualified while it was used"
kind = "CAL"
clause = "21 CFR 211.68(a), 211.67, 211.182; EU GMP 3.41 (Part I, Chapter 3)"
explains = """For each use of equipment whose class the MBR wants calibrated, clean or qualified, asks whether the latest
status on file was `passed` and valid during the whole use, from its start to its end. Where the end of the use is not
recorded, the end of the phase stands for it.

**Boundaries.** Both ends of a validity belong to it: a use that ends at the instant of expiry is fine, one microsecond later
is not. The latest status decides: a calibration that failed ends an earlier one that passed. A status recorded for a time
after the use changes nothing.

**What it does not find.** Whether another lot used the equipment between its cleaning and this use (equipment that holds
closed containers of several lots is normal); equipment that was used and not recorded (see CAL-CLASS)."""
reads = ["equipment_used", "phase_performed", "equipment_status"]
limits = ["limit_equipment", "limit_phase"]
steps = ["equipment_gap"]
applies_if = ["limit_equipment"]
skip_when_empty = ["equipment_used"]
covers = ["equipment"]

[[needs]]
table = "equipment_status"
when = "limit_equipment"
why = "no status of any equipment (calibration, cleaning, qualification) is among the records"

[variants.none_on_file]
sentence = "{subject} was used without any {expected} on file ({detail})."
severity = {CQA = "critical", CPP = "major", KPP = "major", none = "major"}

[variants.not_yet]
sentence = "{subject} was used before its first {expected} on file ({detail})."
severity = {CQA = "critical", CPP = "major", KPP = "major", none = "major"}

[variants.expired]
sentence = "{subject} was used without valid {expected}: {observed} ({detail})."
severity = {CQA = "critical", CPP = "major", KPP = "major", none = "major"}

[variants.failed]
sentence = "{subject} was used although its latest {expected} had failed ({detail})."
severity = {CQA = "critical", CPP = "critical", KPP = "major", none = "major"}

[variants.expires_during_use]
sentence = "The {expected} of {subject} ran out while it was used: {observed} ({detail})."
severity = {CQA = "critical", CPP = "major", KPP = "major", none = "major"}

[variants.fails_during_use]
sentence = "The {expected} of {subject} failed while it was used ({detail})."
severity = {CQA = "critical", CPP = "critical", KPP = "major", none = "major"}
---*/
WITH phase_end AS (
    SELECT lot, phase, MAX(ended_us) AS ended_us FROM phase_performed GROUP BY lot, phase
),
use AS (
    SELECT
        e.lot, e.phase, e.equipment, l.kind, e.used_from_us, e.position,
        GREATEST(e.used_from_us, COALESCE(e.used_until_us, p.ended_us, e.used_from_us)) AS used_until_us,
        COALESCE(f.criticality, 'none') AS criticality
    FROM equipment_used e
    JOIN limit_equipment l ON l.equipment_class = e.equipment_class
    LEFT JOIN phase_end p ON p.lot = e.lot AND p.phase = e.phase
    LEFT JOIN limit_phase f ON f.phase = e.phase
),
on_file AS (
    SELECT DISTINCT equipment, kind FROM equipment_status WHERE valid_from_us IS NOT NULL
)
SELECT
    u.lot,
    CASE
        WHEN g.from_us <= u.used_from_us THEN g.state
        WHEN g.state = 'failed' THEN 'fails_during_use'
        ELSE 'expires_during_use'
    END AS variant,
    u.equipment AS subject,
    u.kind AS expected,
    CASE
        WHEN g.state = 'expired' AND g.from_us <= u.used_from_us
            THEN 'expired ' || CAST((u.used_from_us - g.from_us) // 60000000 AS VARCHAR) || ' min before the use'
        WHEN g.state = 'expired'
            THEN 'expired ' || CAST((u.used_until_us - g.from_us) // 60000000 AS VARCHAR)
                || ' min before the end of the use'
        ELSE REPLACE(g.state, '_', ' ')
    END AS observed,
    'phase ' || u.phase AS detail,
    u.criticality,
    u.position,
    g.position AS position_2
FROM use u
JOIN equipment_gap g
    ON g.equipment = u.equipment AND g.kind = u.kind AND g.from_us <= u.used_until_us AND g.until_us > u.used_from_us
UNION ALL
SELECT u.lot, 'none_on_file', u.equipment, u.kind, 'none', 'phase ' || u.phase, u.criticality, u.position, 0
FROM use u
LEFT JOIN on_file o ON o.equipment = u.equipment AND o.kind = u.kind
WHERE o.equipment IS NULL
