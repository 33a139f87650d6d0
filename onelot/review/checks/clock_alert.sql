/*---
id = "ALR-CLOCK"
title = "Hold time beyond its alert time"
kind = "ALR"
clause = "21 CFR 211.111"
explains = """Reports a clock that was kept but ran longer than its alert time. Exactly the alert time is no finding. How a
clock is measured: see HLD-CLOCK, which also reports clocks that were not kept."""
reads = ["lot", "phase_performed", "parameter_value", "handed_over", "identifier_read"]
limits = ["limit_clock"]
steps = ["clock_run"]
skip_when_empty = ["clock_run"]
applies_if = ["limit_clock"]

[variants.late]
sentence = "{title}: {observed} passed, more than the alert time of {expected}, within the limit."
severity = {CQA = "minor", CPP = "minor", KPP = "information", none = "information"}
---*/
SELECT
    r.lot, 'late' AS variant, r.clock AS subject,
    CAST(c.alert_us // 60000000 AS VARCHAR) || ' min ' || CAST((c.alert_us // 1000000) % 60 AS VARCHAR) || ' s'
        AS expected,
    CAST(r.elapsed_us // 60000000 AS VARCHAR) || ' min ' || CAST((r.elapsed_us // 1000000) % 60 AS VARCHAR) || ' s'
        AS observed,
    'from ' || c.starts_on || ' to ' || c.ends_on AS detail, c.criticality, r.position, r.position_2
FROM clock_run r
JOIN limit_clock c ON c.clock = r.clock
WHERE r.elapsed_us > c.alert_us AND COALESCE(r.elapsed_us <= c.max_us, TRUE)
