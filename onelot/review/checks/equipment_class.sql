/*---
id = "CAL-CLASS"
title = "The right class of equipment used in each phase"
kind = "CAL"
clause = "21 CFR 211.188(b)(2), 211.63; EU GMP 4.20 c (Part I, Chapter 4)"
explains = """Asks for each run of a phase that was not skipped whether equipment of every class that the MBR names for the
phase was in use at some time of that run, and for each use whether its class is one that the MBR names for the phase and
the one under which the equipment is on file.

**Boundaries.** A use and a run meet if they share an instant. A use or run without a recorded end is open-ended. A use
without a start, or a run without times, meets whatever is recorded for the phase.

**What it does not find.** Whether the equipment was in a valid state (see CAL-VALID); whether the device that recorded a
single value belongs to the equipment."""
reads = ["equipment_used", "phase_performed", "equipment_status"]
limits = ["limit_equipment_need", "limit_phase"]
only_if_any = ["limit_equipment_need", "equipment_used"]
applies_if = ["limit_equipment_need"]

[variants.missing]
sentence = "Phase {title} ran without recorded equipment of class {expected} ({detail})."
severity = {CQA = "major", CPP = "major", KPP = "major", none = "minor"}

[variants.not_foreseen]
sentence = "{subject} of class {observed} was used, but the master batch record names no such class for the phase ({detail})."
severity = {CQA = "major", CPP = "major", KPP = "minor", none = "minor"}

[variants.other_class]
sentence = "{subject} was recorded as class {observed}, but is on file as class {expected} ({detail})."
severity = "major"
---*/
WITH run AS (
    SELECT r.lot, r.phase, r.occurrence, r.started_us, r.ended_us, r.position, n.equipment_class
    FROM phase_performed r
    JOIN limit_equipment_need n ON n.phase = r.phase
    WHERE r.state <> 'skipped'
),
met AS (
    SELECT r.lot, r.phase, r.occurrence, r.position, r.equipment_class, COUNT(e.equipment) AS uses
    FROM run r
    LEFT JOIN equipment_used e
        ON e.lot = r.lot AND e.phase = r.phase AND e.equipment_class = r.equipment_class
        AND (e.used_from_us IS NULL OR r.ended_us IS NULL OR e.used_from_us <= r.ended_us)
        AND (e.used_until_us IS NULL OR r.started_us IS NULL OR e.used_until_us >= r.started_us)
    GROUP BY r.lot, r.phase, r.occurrence, r.position, r.equipment_class
),
filed AS (
    SELECT equipment, MIN(equipment_class) AS first_class, MAX(equipment_class) AS last_class, MAX(position) AS position
    FROM equipment_status
    WHERE equipment_class <> ''
    GROUP BY equipment
)
SELECT
    m.lot, 'missing' AS variant, m.phase AS subject, m.equipment_class AS expected, 'none recorded' AS observed,
    'run ' || CAST(m.occurrence AS VARCHAR) AS detail,
    COALESCE(f.criticality, 'none') AS criticality, m.position, CAST(0 AS BIGINT) AS position_2
FROM met m
LEFT JOIN limit_phase f ON f.phase = m.phase
WHERE m.uses = 0
UNION ALL
SELECT
    e.lot, 'not_foreseen', e.equipment, 'a class named for the phase', e.equipment_class, 'phase ' || e.phase,
    COALESCE(f.criticality, 'none'), e.position, 0
FROM equipment_used e
LEFT JOIN limit_equipment_need n ON n.phase = e.phase AND n.equipment_class = e.equipment_class
LEFT JOIN limit_phase f ON f.phase = e.phase
WHERE n.phase IS NULL
UNION ALL
SELECT
    e.lot, 'other_class', e.equipment, c.first_class, e.equipment_class, 'phase ' || e.phase, 'none',
    e.position, c.position
FROM equipment_used e
JOIN filed c ON c.equipment = e.equipment
WHERE e.equipment_class <> c.first_class AND e.equipment_class <> c.last_class
