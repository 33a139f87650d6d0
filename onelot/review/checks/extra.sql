/*---
id = "CMP-EXTRA"
title = "Recorded, but not in the master batch record"
kind = "CMP"
clause = "21 CFR 211.100(b); 21 CFR 211.188"
explains = """Finds phases, entries, materials, time series, tests, identity points, labels and custody legs that the record
holds and the MBR does not know: a step that was added, a wrong version of the MBR, or a mapping that names things
differently. No limit applies to such content, so a person must look at it. Each name is reported once for a lot, with its
first entry as evidence.

A material that the MBR knows, but not for the phase in which it was used, is found too. Equipment is the subject of
CAL-CLASS."""
reads = ["phase_performed", "parameter_value", "material_used", "series_point", "result", "identifier_read",
    "labels_reconciled", "handed_over"]
limits = ["limit_phase", "limit_parameter", "limit_material_need", "limit_series", "limit_test", "limit_identity",
    "limit_label", "limit_custody"]
steps = ["noted_entry", "lot_phase", "suspect_phase"]
only_if_any = ["noted_entry", "suspect_phase", "material_used", "series_point", "identifier_read", "labels_reconciled", "handed_over"]
only_if = "EXISTS (SELECT 1 FROM result r LEFT JOIN limit_test l ON l.test = r.test WHERE l.test IS NULL)"

[variants.entry]
sentence = "Entry {subject} is not in the master batch record ({observed}); nothing compares it with a limit."
severity = "major"

[variants.phase]
sentence = "Phase {subject} is not in the master batch record."
severity = "major"

[variants.material]
sentence = "Material {subject} is not foreseen in {detail}."
severity = "major"

[variants.other]
sentence = "{detail} {subject} is not in the master batch record; nothing compares it with a limit."
severity = "major"
---*/
WITH extra AS (
    SELECT p.lot, 'entry' AS variant, p.parameter AS subject, '' AS detail, p.position
    FROM noted_entry p
    LEFT JOIN limit_parameter l ON l.parameter = p.parameter
    WHERE l.parameter IS NULL
    UNION ALL
    SELECT p.lot, 'phase', p.phase, '', p.position
    FROM lot_phase p
    LEFT JOIN limit_phase l ON l.phase = p.phase
    WHERE l.phase IS NULL
    UNION ALL
    SELECT m.lot, 'material', m.material, 'phase ' || m.phase, m.position
    FROM material_used m
    LEFT JOIN limit_material_need l ON l.phase = m.phase AND l.material = m.material
    WHERE l.phase IS NULL
    UNION ALL
    SELECT s.lot, 'other', s.series, 'Time series', s.position
    FROM series_point s
    LEFT JOIN limit_series l ON l.series = s.series
    WHERE l.series IS NULL
    UNION ALL
    SELECT r.lot, 'other', r.test, 'Test', r.position
    FROM result r
    LEFT JOIN limit_test l ON l.test = r.test
    WHERE l.test IS NULL
    UNION ALL
    SELECT i.lot, 'other', i.point, 'Identity point', i.position
    FROM identifier_read i
    LEFT JOIN limit_identity l ON l.point = i.point
    WHERE l.point IS NULL
    UNION ALL
    SELECT b.lot, 'other', b.label, 'Label', b.position
    FROM labels_reconciled b
    LEFT JOIN limit_label l ON l.label = b.label
    WHERE l.label IS NULL
    UNION ALL
    SELECT c.lot, 'other', c.leg, 'Custody leg', c.position
    FROM handed_over c
    LEFT JOIN limit_custody l ON l.leg = c.leg
    WHERE l.leg IS NULL
)
SELECT
    lot, variant, subject, 'not in the master batch record' AS expected,
    'recorded ' || CAST(COUNT(*) AS VARCHAR) || ' times' AS observed,
    detail, 'none' AS criticality, MIN(position) AS position, CAST(0 AS BIGINT) AS position_2
FROM extra
GROUP BY lot, variant, subject, detail
