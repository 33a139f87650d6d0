/*---
id = "HLD-CLOCK"
title = "Hold time or shelf life not kept"
kind = "HLD"
clause = "21 CFR 211.111; 21 CFR 211.137"
explains = """Measures every clock of the MBR, from the last time its first point was reached to the first time after that
its second point was reached, across phases, entries, identity reads and custody hand-overs.

**Boundaries.** Exactly `max` and exactly `min` are kept. Times are compared as instants, so zones play no part; they are
taken as recorded, no offset between clocks of two sites is corrected.

**Points.** A skipped phase reaches no point; an aborted one reaches its start, not its end. An entry's point is the time at
which it was performed.

**Open clocks.** A clock that is required and was never stopped (`open`) or never started (`not_started`) is found: nobody can
say that it was kept. Where the second point lies only before the first the clock ran backwards (`backwards`), required or not.

The alert time is the subject of ALR-CLOCK."""
reads = ["lot", "phase_performed", "parameter_value", "handed_over", "identifier_read"]
limits = ["limit_clock"]
steps = ["clock_run"]
skip_when_empty = ["clock_run"]
applies_if = ["limit_clock"]
covers = ["custody"]

[variants.too_long]
sentence = "{title}: {observed} passed, more than {expected}."
severity = {CQA = "critical", CPP = "major", KPP = "minor", none = "minor"}

[variants.too_short]
sentence = "{title}: only {observed} passed, less than {expected}."
severity = {CQA = "critical", CPP = "major", KPP = "minor", none = "minor"}

[variants.backwards]
sentence = "{title}: the end lies {observed} before the start."
severity = {CQA = "critical", CPP = "major", KPP = "major", none = "major"}

[variants.open]
sentence = "{title}: started but never stopped; nobody can say that it was kept ({detail} is not in the record)."
severity = {CQA = "critical", CPP = "major", KPP = "minor", none = "minor"}

[variants.not_started]
sentence = "{title}: never started; nobody can say that it was kept ({detail} is not in the record)."
severity = {CQA = "critical", CPP = "major", KPP = "minor", none = "minor"}
---*/
WITH judged AS (
    SELECT
        r.*, c.starts_on, c.ends_on, c.min_us, c.max_us, c.criticality,
        CASE
            WHEN r.elapsed_us > c.max_us THEN 'too_long'
            WHEN r.elapsed_us < c.min_us THEN 'too_short'
            WHEN r.elapsed_us IS NULL AND r.started_us IS NOT NULL AND r.ended_before_us IS NOT NULL THEN 'backwards'
            WHEN r.started_us IS NULL AND c.required THEN 'not_started'
            WHEN r.elapsed_us IS NULL AND c.required THEN 'open'
        END AS variant
    FROM clock_run r
    JOIN limit_clock c ON c.clock = r.clock
)
SELECT
    lot, variant, clock AS subject,
    CASE variant
        WHEN 'too_long' THEN 'at most ' || CAST(max_us // 60000000 AS VARCHAR) || ' min '
            || CAST((max_us // 1000000) % 60 AS VARCHAR) || ' s'
        WHEN 'too_short' THEN 'at least ' || CAST(min_us // 60000000 AS VARCHAR) || ' min '
            || CAST((min_us // 1000000) % 60 AS VARCHAR) || ' s'
        WHEN 'backwards' THEN 'end after start'
        WHEN 'open' THEN 'a time for ' || ends_on
        ELSE 'a time for ' || starts_on
    END AS expected,
    CASE
        WHEN variant = 'backwards' THEN CAST((started_us - ended_before_us) // 60000000 AS VARCHAR) || ' min '
            || CAST(((started_us - ended_before_us) // 1000000) % 60 AS VARCHAR) || ' s'
        WHEN elapsed_us IS NULL THEN 'none recorded'
        ELSE CAST(elapsed_us // 60000000 AS VARCHAR) || ' min '
            || CAST((elapsed_us // 1000000) % 60 AS VARCHAR) || ' s'
    END AS observed,
    CASE variant
        WHEN 'open' THEN ends_on
        WHEN 'not_started' THEN starts_on
        ELSE 'from ' || starts_on || ' to ' || ends_on
    END AS detail,
    criticality, position, position_2
FROM judged
WHERE variant IS NOT NULL
