/*---
id = "ALM-ALARM"
title = "Alarms acknowledged, cleared, and none critical in a phase"
kind = "ALM"
clause = "21 CFR 211.68, 211.188, 211.192; EU GMP 5.12-5.15 (Part I, Chapter 5)"
explains = """For each alarm asks whether somebody acknowledged it, whether it cleared, and, for critical ones, whether it came up while a
phase was running.

**Boundaries.** An alarm belongs to the phase that it names; without one, to a phase whose run contains the instant. Both ends of a
run belong to it. Alarms of low priority that were acknowledged need nobody, even if their clearing is not recorded.

**What it does not find.** Alarms that the record leaves out; how soon an alarm was answered."""
reads = ["alarm", "phase_performed"]
limits = ["limit_phase"]
skip_when_empty = ["alarm"]
covers = ["alarm"]

[variants.unacknowledged]
sentence = "Alarm {subject} ({observed}) was never acknowledged ({detail})."
severity = "major"

[variants.critical_in_phase]
sentence = "Critical alarm {subject} ({observed}) came up in a phase ({detail})."
severity = {CQA = "critical", CPP = "critical", KPP = "major", none = "major"}

[variants.not_cleared]
sentence = "Alarm {subject} ({observed}) is not recorded as cleared ({detail})."
severity = "major"

[variants.order]
sentence = "Alarm {subject} ({observed}) was acknowledged or cleared before it was raised ({detail})."
severity = "minor"
---*/
WITH placed AS (
    SELECT
        a.lot, a.alarm, a.device, a.priority, a.message, a.raised_us, a.acknowledged_us, a.acknowledged_by, a.cleared_us,
        a.position, CASE WHEN a.phase <> '' THEN a.phase ELSE COALESCE(MIN(r.phase), '') END AS phase
    FROM alarm a
    LEFT JOIN phase_performed r
        ON a.phase = '' AND r.lot = a.lot AND a.raised_us >= r.started_us
        AND (r.ended_us IS NULL OR a.raised_us <= r.ended_us)
    GROUP BY a.lot, a.alarm, a.device, a.priority, a.message, a.raised_us, a.acknowledged_us, a.acknowledged_by,
        a.cleared_us, a.position, a.phase
),
judged AS (
    SELECT p.*, x.variant
    FROM placed p
    CROSS JOIN (
        SELECT 'unacknowledged' AS variant UNION ALL SELECT 'critical_in_phase' UNION ALL SELECT 'not_cleared'
        UNION ALL SELECT 'order'
    ) x
    WHERE CASE x.variant
        WHEN 'unacknowledged' THEN p.acknowledged_us IS NULL
        WHEN 'critical_in_phase' THEN p.priority = 'critical' AND p.phase <> ''
        WHEN 'not_cleared' THEN p.cleared_us IS NULL AND p.priority <> 'low'
        ELSE p.acknowledged_us < p.raised_us OR p.cleared_us < p.raised_us
    END
)
SELECT
    j.lot, j.variant, j.alarm AS subject,
    CASE j.variant WHEN 'critical_in_phase' THEN 'no critical alarm' WHEN 'order' THEN 'raised first' WHEN 'not_cleared'
        THEN 'cleared' ELSE 'acknowledged' END AS expected,
    CASE WHEN j.message = '' THEN j.priority ELSE j.priority || ', ' || j.message END AS observed,
    CASE WHEN j.phase = '' THEN 'outside every phase' ELSE 'phase ' || j.phase END
        || CASE WHEN j.device = '' THEN '' ELSE ', ' || j.device END AS detail,
    COALESCE(f.criticality, 'none') AS criticality, j.position, CAST(0 AS BIGINT) AS position_2
FROM judged j
LEFT JOIN limit_phase f ON f.phase = j.phase
