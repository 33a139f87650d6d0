/*---
id = "SEQ-STATE"
title = "Phase skipped or aborted"
kind = "SEQ"
clause = "21 CFR 211.100(b); 21 CFR 211.192"
explains = """A run that was skipped or aborted is a departure from the procedure, with or without a reason; without one it
weighs more. Its entries are not asked for (see CMP-MISSING-ENTRY), those that were made are judged like all others."""
reads = ["phase_performed"]
limits = ["limit_phase"]
steps = ["suspect_phase"]
skip_when_empty = ["suspect_phase"]
covers = ["phase"]

[variants.skipped]
sentence = "Phase {title} was skipped: {detail}"
severity = {CQA = "major", CPP = "major", KPP = "minor", none = "minor"}

[variants.skipped_without_reason]
sentence = "Phase {title} was skipped without a reason."
severity = {CQA = "critical", CPP = "major", KPP = "major", none = "major"}

[variants.aborted]
sentence = "Phase {title} was aborted: {detail}"
severity = {CQA = "major", CPP = "major", KPP = "minor", none = "minor"}

[variants.aborted_without_reason]
sentence = "Phase {title} was aborted without a reason."
severity = {CQA = "critical", CPP = "major", KPP = "major", none = "major"}
---*/
SELECT
    p.lot,
    p.state || CASE WHEN TRIM(p.reason) = '' THEN '_without_reason' ELSE '' END AS variant,
    p.phase AS subject, 'completed' AS expected, p.state AS observed, p.reason AS detail,
    COALESCE(l.criticality, 'none') AS criticality, p.position, CAST(0 AS BIGINT) AS position_2
FROM suspect_phase p
LEFT JOIN limit_phase l ON l.phase = p.phase
WHERE p.state IN ('skipped', 'aborted')
