/*---
id = "TRD-SAMPLING"
title = "Entries as often as the sampling frequency asks"
kind = "TRD"
clause = "21 CFR 211.110(a), 211.188; ICH Q7 8.3"
explains = """For each parameter with a sampling frequency asks in each run of its phase whether ever more time passed without an entry
than interval plus tolerance: from the start of the run to the first entry, between entries, and from the last entry to the end.

**Boundaries.** Exactly interval plus tolerance is in time. Only entries with a recorded value count. Entries that lie outside every
run of the phase do not fill a gap. A run without a recorded end is judged up to its last entry; one without a start from its
first entry on. A run shorter than the interval needs no entry. Each gap is a finding.

**What it does not find.** Entries without a time; entries made more often than asked."""
reads = ["parameter_value", "phase_performed"]
limits = ["limit_parameter"]
only_if = "EXISTS (SELECT 1 FROM limit_parameter WHERE interval_us IS NOT NULL)"

[variants.gap]
sentence = "{title}: {observed} without an entry, allowed are {expected} ({detail})."
severity = {CQA = "major", CPP = "major", KPP = "minor", none = "minor"}

[variants.time_unknown]
sentence = "{title}: {observed}, so nobody can tell whether entries were made every {expected}."
severity = "minor"
---*/
WITH sampled AS (
    SELECT parameter, phase, criticality, interval_us + COALESCE(tolerance_us, 0) AS longest_us
    FROM limit_parameter
    WHERE interval_us IS NOT NULL
),
run AS (
    SELECT r.lot, r.occurrence, r.started_us, r.ended_us, r.position, s.parameter, s.criticality, s.longest_us
    FROM phase_performed r
    JOIN sampled s ON s.phase = r.phase
    WHERE r.state <> 'skipped'
),
mark AS (
    SELECT lot, parameter, occurrence, started_us AS at_us, position, 0 AS mark FROM run WHERE started_us IS NOT NULL
    UNION ALL
    SELECT r.lot, r.parameter, r.occurrence, v.performed_us, v.position, 1
    FROM run r
    JOIN parameter_value v
        ON v.lot = r.lot AND v.parameter = r.parameter AND v.status = 'recorded'
        AND (r.started_us IS NULL OR v.performed_us >= r.started_us)
        AND (r.ended_us IS NULL OR v.performed_us <= r.ended_us)
    WHERE v.performed_us IS NOT NULL
    UNION ALL
    SELECT lot, parameter, occurrence, ended_us, position, 2 FROM run WHERE ended_us IS NOT NULL
),
spaced AS (
    SELECT
        m.*,
        LAG(at_us) OVER (PARTITION BY lot, parameter, occurrence ORDER BY at_us, mark, position) AS before_us,
        LAG(mark) OVER (PARTITION BY lot, parameter, occurrence ORDER BY at_us, mark, position) AS mark_before,
        LAG(position) OVER (PARTITION BY lot, parameter, occurrence ORDER BY at_us, mark, position) AS position_before
    FROM mark m
),
limited AS (
    SELECT s.*, l.longest_us, l.criticality FROM spaced s JOIN sampled l ON l.parameter = s.parameter
)
SELECT
    lot, 'gap' AS variant, parameter AS subject, CAST(longest_us // 60000000 AS VARCHAR) || ' min' AS expected,
    CAST((at_us - before_us) // 60000000 AS VARCHAR) || ' min' AS observed,
    'run ' || CAST(occurrence AS VARCHAR) || ', from ' || CASE mark_before WHEN 0 THEN 'the start' ELSE 'an entry' END
        || ' to ' || CASE mark WHEN 2 THEN 'the end' ELSE 'an entry' END AS detail,
    criticality, position, CASE WHEN position_before = position THEN 0 ELSE position_before END AS position_2
FROM limited
WHERE at_us - before_us > longest_us
UNION ALL
SELECT
    v.lot, 'time_unknown', v.parameter, CAST(s.longest_us // 60000000 AS VARCHAR) || ' min',
    CAST(COUNT(*) AS VARCHAR) || ' entries have no time', '', MAX(s.criticality), MIN(v.position), 0
FROM parameter_value v
JOIN sampled s ON s.parameter = v.parameter
WHERE v.status = 'recorded' AND v.performed_us IS NULL
GROUP BY v.lot, v.parameter, s.longest_us
