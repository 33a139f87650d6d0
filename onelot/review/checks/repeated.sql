/*---
id = "SEQ-REPEATED"
title = "Repeated more often than allowed, or without a reason"
kind = "SEQ"
clause = "21 CFR 211.100(b); EU GMP Annex 11, 9"
explains = """Counts the runs of each phase that were not skipped, and the entries of each parameter, against
`occurrences.max`; an entry may occur that often in each run of its phase that was not skipped. Repeats keep everything:
all runs and entries are judged by all checks, the earlier ones as well as the last.

A repeat of a phase needs a reason even where the MBR allows it (`no_reason`): n runs need n - 1 reasons, written at the run
that was repeated (why it was aborted) or at the one that repeats it."""
reads = ["phase_performed", "parameter_value"]
limits = ["limit_phase", "limit_parameter"]
steps = ["lot_phase", "entry_count"]
only_if_any = ["lot_phase", "entry_count"]
covers = ["phase"]

[variants.phase]
sentence = "Phase {title} was run {observed}; allowed is {expected}."
severity = {CQA = "critical", CPP = "major", KPP = "major", none = "major"}

[variants.no_reason]
sentence = "Phase {title} was repeated without a reason ({observed})."
severity = {CQA = "major", CPP = "major", KPP = "minor", none = "minor"}

[variants.entry]
sentence = "{title} was recorded {observed}; allowed is {expected}."
severity = {CQA = "major", CPP = "major", KPP = "minor", none = "minor"}
---*/
SELECT
    f.lot, 'phase' AS variant, f.phase AS subject,
    'at most ' || CAST(l.max_occurrences AS VARCHAR) || ' times' AS expected,
    CAST(CAST(f.runs AS BIGINT) AS VARCHAR) || ' times' AS observed,
    '' AS detail, l.criticality, f.position, CAST(0 AS BIGINT) AS position_2
FROM lot_phase f
JOIN limit_phase l ON l.phase = f.phase
WHERE f.runs > l.max_occurrences
UNION ALL
SELECT
    f.lot, 'no_reason', f.phase, CAST(CAST(f.runs - 1 AS BIGINT) AS VARCHAR) || ' reasons',
    CAST(CAST(f.runs AS BIGINT) AS VARCHAR) || ' runs, ' || CAST(CAST(f.reasons AS BIGINT) AS VARCHAR) || ' reasons', '',
    COALESCE(l.criticality, 'none'), f.position, CASE WHEN f.last_position > f.position THEN f.last_position ELSE 0 END
FROM lot_phase f
LEFT JOIN limit_phase l ON l.phase = f.phase
WHERE f.reasons < f.runs - 1
UNION ALL
SELECT
    c.lot, 'entry', c.parameter,
    'at most ' || CAST(CAST(l.max_occurrences * COALESCE(f.runs, 1) AS BIGINT) AS VARCHAR) || ' times',
    CAST(c.entries AS VARCHAR) || ' times',
    'runs of the phase: ' || CAST(CAST(COALESCE(f.runs, 0) AS BIGINT) AS VARCHAR),
    l.criticality, c.position, CASE WHEN c.last_position > c.position THEN c.last_position ELSE 0 END
FROM entry_count c
JOIN limit_parameter l ON l.parameter = c.parameter
LEFT JOIN lot_phase f ON f.lot = c.lot AND f.phase = l.phase
WHERE c.entries > l.max_occurrences * CASE WHEN COALESCE(f.runs, 1) < 1 THEN 1 ELSE COALESCE(f.runs, 1) END
