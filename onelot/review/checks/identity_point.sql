/*---
id = "IDM-POINT"
title = "Identity read at every required point, from every required carrier"
kind = "IDM"
clause = "21 CFR 1271.290(c), 211.188; EU GMP Part IV, 6.24; ISO 21973"
explains = """For each identity point of the master batch record asks whether an identifier was read there from each carrier that it
names (label, scan, document, by hand), and whether what was read there can be compared with the lot: at least one of the
readings must be the chain-of-identity identifier or the lot number.

**Boundaries.** Any number of readings is fine. A reading at a point, or from a carrier, that the master batch record does not
name is reported as `not_foreseen`.

**What it does not find.** Whether the identifiers agree (see IDM-MATCH) and who verified the reading (see the checks of
second-person verification)."""
reads = ["identifier_read"]
limits = ["limit_identity"]
steps = ["lot_head"]
only_if_any = ["identifier_read", "limit_identity"]
applies_if = ["limit_identity"]

[variants.missing]
sentence = "At {title} no identifier was read from the {expected}."
severity = "critical"

[variants.not_compared]
sentence = "At {title} only {observed} was read; neither the chain-of-identity identifier nor the lot number."
severity = "critical"

[variants.not_foreseen]
sentence = "{observed} was read at {subject}, which the master batch record does not foresee."
severity = "minor"
---*/
WITH reading AS (
    SELECT
        lot, point, carrier, MIN(position) AS position, MIN(kind) AS kind,
        SUM(CASE WHEN kind IN ('coi_identifier', 'lot') THEN 1 ELSE 0 END) AS comparable
    FROM identifier_read
    GROUP BY lot, point, carrier
)
SELECT
    h.lot, 'missing' AS variant, l.point AS subject, l.carrier AS expected, 'no reading' AS observed, '' AS detail,
    'none' AS criticality, h.position, CAST(0 AS BIGINT) AS position_2
FROM lot_head h
CROSS JOIN limit_identity l
LEFT JOIN reading r ON r.lot = h.lot AND r.point = l.point AND r.carrier = l.carrier
WHERE r.lot IS NULL
UNION ALL
SELECT r.lot, 'not_compared', r.point, 'an identifier of the lot', 'a ' || MIN(r.kind), '', 'none', MIN(r.position), 0
FROM reading r
GROUP BY r.lot, r.point
HAVING SUM(r.comparable) = 0
UNION ALL
SELECT r.lot, 'not_foreseen', r.point, 'a point of the master batch record', 'A ' || r.carrier, '', 'none', r.position, 0
FROM reading r
LEFT JOIN limit_identity l ON l.point = r.point AND l.carrier = r.carrier
WHERE l.point IS NULL
