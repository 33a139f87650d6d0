/*---
id = "LAT-ENTRY"
title = "Entries made late, ahead of time, or after completion"
kind = "LAT"
clause = "21 CFR 211.100(b), 211.160(a); 21 CFR 11.10(e); EU GMP 4.8 (Part I, Chapter 4)"
explains = """Compares for each entry, phase, material movement and identity reading when it was performed with when it was entered, and both
with the completion of the record.

`late`: entered later after it was performed than the master batch record allows. `ahead`: entered before it was performed.
`after_completion`: entered after the record was completed. `performed_after_completion`: said to be performed after that.

**Boundaries.** Entered exactly as late as allowed is in time. A phase is performed when it ends; it was entered ahead of time if
the entry is older than its start. The first completion of the record counts.

**What it does not find.** Entries without a time of entry: for them nothing can be said about lateness, and they are passed over.
A clock that is wrong everywhere."""
reads = ["parameter_value", "phase_performed", "material_used", "identifier_read"]
limits = ["limit_mbr", "limit_parameter", "limit_phase", "limit_material"]
steps = ["lot_head"]
only_if = """EXISTS (
    SELECT 1 FROM parameter_value CROSS JOIN limit_mbr
    WHERE NOT COALESCE(entered_us - performed_us BETWEEN 0 AND late_entry_us, FALSE)
) OR EXISTS (
    SELECT 1 FROM phase_performed CROSS JOIN limit_mbr
    WHERE NOT COALESCE(
        entered_us >= COALESCE(started_us, ended_us) AND entered_us - ended_us <= late_entry_us, FALSE
    )
) OR EXISTS (
    SELECT 1 FROM material_used CROSS JOIN limit_mbr
    WHERE NOT COALESCE(entered_us - used_us BETWEEN 0 AND late_entry_us, FALSE)
) OR EXISTS (
    SELECT 1 FROM identifier_read CROSS JOIN limit_mbr
    WHERE NOT COALESCE(entered_us - read_us BETWEEN 0 AND late_entry_us, FALSE)
) OR (SELECT MIN(completed_us) FROM lot) < (
    SELECT MAX(last_us) FROM (
        SELECT MAX(GREATEST(entered_us, performed_us)) AS last_us FROM parameter_value
        UNION ALL SELECT MAX(GREATEST(entered_us, ended_us)) FROM phase_performed
        UNION ALL SELECT MAX(GREATEST(entered_us, used_us)) FROM material_used
        UNION ALL SELECT MAX(GREATEST(entered_us, read_us)) FROM identifier_read
    ) act
)"""

[variants.late]
sentence = "{title} was entered {observed} after it was performed; allowed are {expected} ({detail})."
severity = {CQA = "major", CPP = "minor", KPP = "minor", none = "minor"}

[variants.ahead]
sentence = "{title} was entered {observed} before it was performed ({detail})."
severity = {CQA = "critical", CPP = "major", KPP = "major", none = "minor"}

[variants.after_completion]
sentence = "{title} was entered {observed} after the record had been completed ({detail})."
severity = {CQA = "critical", CPP = "major", KPP = "major", none = "major"}

[variants.performed_after_completion]
sentence = "{title} is said to be performed {observed} after the record had been completed ({detail})."
severity = {CQA = "critical", CPP = "major", KPP = "major", none = "major"}
---*/
WITH act AS (
    SELECT
        p.lot, p.parameter AS subject, 'occurrence ' || CAST(p.occurrence AS VARCHAR) || ', ' || p.performed_by AS detail,
        p.performed_us AS begun_us, p.performed_us AS performed_us, p.entered_us, p.position
    FROM parameter_value p
    JOIN lot_head h ON h.lot = p.lot
    CROSS JOIN limit_mbr m
    WHERE NOT COALESCE(
        p.entered_us - p.performed_us BETWEEN 0 AND m.late_entry_us
        AND (h.completed_us IS NULL OR p.entered_us <= h.completed_us), FALSE
    )
    UNION ALL
    SELECT
        lot, phase, 'run ' || CAST(occurrence AS VARCHAR) || ', ' || performed_by, COALESCE(started_us, ended_us),
        ended_us, entered_us, position
    FROM phase_performed
    UNION ALL
    SELECT lot, material, 'lot ' || material_lot || ', ' || performed_by, used_us, used_us, entered_us, position
    FROM material_used
    UNION ALL
    SELECT lot, point, carrier || ', ' || performed_by, read_us, read_us, entered_us, position FROM identifier_read
),
timed AS (
    SELECT
        a.*, m.late_entry_us, h.completed_us,
        COALESCE(p.criticality, f.criticality, t.criticality, 'none') AS criticality
    FROM act a
    JOIN lot_head h ON h.lot = a.lot
    CROSS JOIN limit_mbr m
    LEFT JOIN limit_parameter p ON p.parameter = a.subject
    LEFT JOIN limit_phase f ON f.phase = a.subject
    LEFT JOIN limit_material t ON t.material = a.subject
),
judged AS (
    SELECT t.*, x.variant
    FROM timed t
    CROSS JOIN (
        SELECT 'late' AS variant UNION ALL SELECT 'ahead' UNION ALL SELECT 'after_completion'
        UNION ALL SELECT 'performed_after_completion'
    ) x
    WHERE CASE x.variant
        WHEN 'late' THEN t.entered_us - t.performed_us > t.late_entry_us
        WHEN 'ahead' THEN t.entered_us < t.begun_us
        WHEN 'after_completion' THEN t.entered_us > t.completed_us
        ELSE t.performed_us > t.completed_us
    END
)
SELECT
    lot, variant, subject,
    CASE variant WHEN 'late' THEN CAST(late_entry_us // 60000000 AS VARCHAR) || ' min' ELSE 'in time' END AS expected,
    CAST(CASE variant
        WHEN 'late' THEN entered_us - performed_us
        WHEN 'ahead' THEN begun_us - entered_us
        WHEN 'after_completion' THEN entered_us - completed_us
        ELSE performed_us - completed_us
    END // 60000000 AS VARCHAR) || ' min' AS observed,
    detail, criticality, position, CAST(0 AS BIGINT) AS position_2
FROM judged
