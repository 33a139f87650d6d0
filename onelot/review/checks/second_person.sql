/*---
id = "TPV-SECOND-PERSON"
title = "Verification missing, or not by a second person in time"
kind = "TPV"
clause = "21 CFR 211.101(d); 21 CFR 211.188(b)(11)"
explains = """Holds phases, entries, uses of material and identity reads to the verification that the MBR asks for.

For a **second person**:

- *missing*: nobody verified. *by_machine*: a machine did, where a person is wanted.
- *same_person*: performer and verifier are one person. Names are compared without regard to case and white space, so
  `J. Doe` and `j.doe` are one person; this errs on the side of asking. Two accounts of one person are not recognised.
- *no_performer*: without a performer nobody can say that two people took part.
- *no_time*: performed or verified at an unknown time, so neither order nor delay can be judged.
- *before*: verified before performed. Verified at the same instant is accepted.
- *too_late*: verified later than the MBR's `verify_within` after performed; exactly that long is accepted.

For a **machine**: *missing*, or *by_person* where a person verified instead.

Performed is the end of a phase, the time at which an entry was performed, a material used, an identifier read. Skipped,
aborted and running phases and entries that hold no value need no verification here (see SEQ-STATE, CMP-NOT-RECORDED)."""
reads = ["phase_performed", "parameter_value", "material_used", "identifier_read"]
limits = ["limit_phase", "limit_parameter", "limit_material_need", "limit_identity", "limit_mbr"]
steps = ["suspect_phase", "noted_entry"]
only_if_any = ["suspect_phase", "noted_entry", "material_used", "identifier_read"]
covers = ["parameter:verified", "phase", "material", "identity"]

[variants.missing]
sentence = "{title} ({detail}) was not verified; {expected} is required."
severity = {CQA = "critical", CPP = "major", KPP = "major", none = "major"}

[variants.by_machine]
sentence = "{title} ({detail}) was verified by a machine; {expected} is required."
severity = {CQA = "critical", CPP = "major", KPP = "major", none = "major"}

[variants.by_person]
sentence = "{title} ({detail}) was verified by a person ({observed}); {expected} is required."
severity = "minor"

[variants.same_person]
sentence = "{title} ({detail}) was performed and verified by the same person ({observed})."
severity = {CQA = "critical", CPP = "major", KPP = "major", none = "major"}

[variants.no_performer]
sentence = "{title} ({detail}) does not say who performed it, so a second person cannot be shown."
severity = {CQA = "major", CPP = "major", KPP = "minor", none = "minor"}

[variants.no_time]
sentence = "{title} ({detail}) does not say when it was performed and verified, so the verification cannot be judged."
severity = {CQA = "major", CPP = "major", KPP = "minor", none = "minor"}

[variants.before]
sentence = "{title} ({detail}) was verified {observed} before it was performed."
severity = {CQA = "critical", CPP = "major", KPP = "major", none = "major"}

[variants.too_late]
sentence = "{title} ({detail}) was verified {observed} after it was performed; allowed is {expected}."
severity = {CQA = "major", CPP = "minor", KPP = "minor", none = "minor"}
---*/
WITH acts AS (
    SELECT
        p.lot, p.phase AS subject, 'phase, run ' || CAST(p.occurrence AS VARCHAR) AS detail, l.verification AS wanted,
        l.criticality, p.performed_by, p.verified_by, p.verification, p.second_person, p.verified_after_us, p.position
    FROM suspect_phase p
    JOIN limit_phase l ON l.phase = p.phase
    WHERE l.verification <> 'none' AND p.state = 'completed'
    UNION ALL
    SELECT
        p.lot, p.parameter, 'entry ' || CAST(p.occurrence AS VARCHAR), l.verification,
        l.criticality, p.performed_by, p.verified_by, p.verification, p.second_person, p.verified_after_us, p.position
    FROM noted_entry p
    JOIN limit_parameter l ON l.parameter = p.parameter
    WHERE l.verification <> 'none' AND p.status = 'recorded'
    UNION ALL
    SELECT
        m.lot, m.material, m.use || ' in ' || m.phase, l.verification,
        l.criticality, m.performed_by, m.verified_by, m.verification, m.second_person, m.verified_after_us, m.position
    FROM material_used m
    JOIN limit_material_need l ON l.phase = m.phase AND l.material = m.material
    WHERE l.verification <> 'none'
    UNION ALL
    SELECT DISTINCT
        i.lot, i.point, i.kind || ' read from ' || i.carrier, l.verification,
        'CQA', i.performed_by, i.verified_by, i.verification, i.second_person, i.verified_after_us, i.position
    FROM identifier_read i
    JOIN limit_identity l ON l.point = i.point
    WHERE l.verification <> 'none'
),
judged AS (
    SELECT
        a.*, m.verify_within_us,
        CASE
            WHEN a.wanted = 'machine' THEN CASE
                WHEN a.verification = 'machine' THEN NULL
                WHEN TRIM(a.verified_by) = '' THEN 'missing'
                ELSE 'by_person' END
            WHEN a.verification = 'machine' THEN 'by_machine'
            WHEN TRIM(a.verified_by) = '' THEN 'missing'
            WHEN TRIM(a.performed_by) = '' THEN 'no_performer'
            WHEN a.second_person = 0 THEN 'same_person'
            WHEN a.verified_after_us IS NULL THEN 'no_time'
            WHEN a.verified_after_us < 0 THEN 'before'
            WHEN a.verified_after_us > m.verify_within_us THEN 'too_late'
        END AS variant
    FROM acts a
    CROSS JOIN limit_mbr m
)
SELECT
    lot, variant, subject,
    CASE variant
        WHEN 'too_late' THEN 'at most ' || CAST(verify_within_us // 60000000 AS VARCHAR) || ' min '
            || CAST((verify_within_us // 1000000) % 60 AS VARCHAR) || ' s'
        ELSE CASE wanted WHEN 'machine' THEN 'a check by machine' ELSE 'a second person' END
    END AS expected,
    CASE variant
        WHEN 'missing' THEN 'nobody'
        WHEN 'by_machine' THEN 'machine'
        WHEN 'no_performer' THEN 'verified by ' || verified_by
        WHEN 'no_time' THEN 'no time'
        WHEN 'before' THEN CAST(-verified_after_us // 60000000 AS VARCHAR) || ' min '
            || CAST((-verified_after_us // 1000000) % 60 AS VARCHAR) || ' s'
        WHEN 'too_late' THEN CAST(verified_after_us // 60000000 AS VARCHAR) || ' min '
            || CAST((verified_after_us // 1000000) % 60 AS VARCHAR) || ' s'
        ELSE verified_by
    END AS observed,
    detail, criticality, position, CAST(0 AS BIGINT) AS position_2
FROM judged
WHERE variant IS NOT NULL
