/*---
id = "TRN-VALID"
title = "People trained when they acted"
kind = "TRN"
clause = "21 CFR 211.25(a); 21 CFR 11.10(i); EU GMP 2.10 (Part I, Chapter 2)"
explains = """For each person who performed or verified something in a phase (the phase itself, its entries, its materials),
asks for each curriculum that the MBR wants for the phase whether a training of that person was valid at that time. What one
person did in one phase without valid training is one finding, with the number of acts and the first of them as evidence.

**Boundaries.** Both ends of a validity belong to it. Trainings add up: any valid one is enough. A phase counts at its start
and at its end. An act without its own time is judged at the time of its entry; without that too it cannot be judged, which
is reported (`time_unknown`).

**What it does not find.** Acts without a performer (see the checks of completeness); verification by machine; whether the
training was effective."""
reads = ["phase_performed", "parameter_value", "material_used", "training"]
limits = ["limit_training", "limit_phase"]
steps = ["training_gap"]
skip_when_empty = ["limit_training"]
applies_if = ["limit_training"]

[[needs]]
table = "training"
when = "limit_training"
why = "no training of any person is among the records"

[variants.none_on_file]
sentence = "{observed} acted in phase {title} without any training {expected} on file ({detail})."
severity = {CQA = "major", CPP = "major", KPP = "major", none = "major"}

[variants.not_yet]
sentence = "{observed} acted in phase {title} before training {expected} was valid ({detail})."
severity = {CQA = "major", CPP = "major", KPP = "major", none = "major"}

[variants.expired]
sentence = "{observed} acted in phase {title} when training {expected} had expired ({detail})."
severity = {CQA = "major", CPP = "major", KPP = "major", none = "major"}

[variants.time_unknown]
sentence = "{observed} acted in phase {title} at an unknown time, so training {expected} cannot be judged ({detail})."
severity = "minor"
---*/
WITH act AS (
    SELECT lot, phase, performed_by AS person, COALESCE(started_us, ended_us, entered_us) AS at_us, position
    FROM phase_performed
    WHERE state <> 'skipped'
    UNION ALL
    SELECT lot, phase, performed_by, ended_us, position
    FROM phase_performed
    WHERE state <> 'skipped' AND ended_us IS NOT NULL
    UNION ALL
    SELECT lot, phase, verified_by, COALESCE(verified_us, ended_us, entered_us), position
    FROM phase_performed
    WHERE verification <> 'machine'
    UNION ALL
    SELECT lot, phase, performed_by, COALESCE(performed_us, entered_us), position
    FROM parameter_value
    UNION ALL
    SELECT lot, phase, verified_by, COALESCE(verified_us, performed_us, entered_us), position
    FROM parameter_value
    WHERE verification <> 'machine' AND verified_by <> ''
    UNION ALL
    SELECT lot, phase, performed_by, COALESCE(used_us, entered_us), position
    FROM material_used
    UNION ALL
    SELECT lot, phase, verified_by, COALESCE(verified_us, used_us, entered_us), position
    FROM material_used
    WHERE verification <> 'machine'
),
due AS (
    SELECT a.lot, a.phase, a.person, t.curriculum, a.at_us, a.position
    FROM act a
    JOIN limit_training t ON t.phase = a.phase
    WHERE a.person <> ''
),
trained AS (
    SELECT person, curriculum, MAX(position) AS position
    FROM training
    WHERE valid_from_us IS NOT NULL
    GROUP BY person, curriculum
),
lapse AS (
    SELECT d.lot, d.phase, d.person, d.curriculum, g.state, d.position, g.position AS training_position
    FROM due d
    JOIN training_gap g
        ON g.person = d.person AND g.curriculum = d.curriculum AND g.from_us <= d.at_us AND g.until_us > d.at_us
    UNION ALL
    SELECT
        d.lot, d.phase, d.person, d.curriculum,
        CASE WHEN t.person IS NULL THEN 'none_on_file' ELSE 'time_unknown' END, d.position, COALESCE(t.position, 0)
    FROM due d
    LEFT JOIN trained t ON t.person = d.person AND t.curriculum = d.curriculum
    WHERE t.person IS NULL OR d.at_us IS NULL
)
SELECT
    l.lot,
    l.state AS variant,
    l.phase AS subject,
    l.curriculum AS expected,
    l.person AS observed,
    CAST(COUNT(DISTINCT l.position) AS VARCHAR)
        || CASE WHEN COUNT(DISTINCT l.position) = 1 THEN ' entry' ELSE ' entries' END AS detail,
    COALESCE(MAX(f.criticality), 'none') AS criticality,
    MIN(l.position) AS position,
    MAX(l.training_position) AS position_2
FROM lapse l
LEFT JOIN limit_phase f ON f.phase = l.phase
GROUP BY l.lot, l.state, l.phase, l.curriculum, l.person
