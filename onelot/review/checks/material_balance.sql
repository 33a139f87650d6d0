/*---
id = "REC-MATERIAL"
title = "Balance of each reconciled material"
kind = "REC"
clause = "21 CFR 211.103, 211.184; EU GMP 5.8 (Part I, Chapter 5)"
explains = """For each material that the master batch record wants reconciled: what went out (consumed, returned, wasted, sampled) in
percent of what came in (received, or produced in the lot itself) must lie in the band of the master batch record.

**Boundaries.** Quantities are converted to the unit in which the MBR needs the material. An end belongs to the band unless the MBR
says it is open; the percentage is compared with a relative tolerance of 1e-9. The percentage is printed in whole tenths.

**What it does not find.** Two errors that cancel out. A quantity that is not a number or does not convert is reported
(`not_a_number`, `unit`), and then the balance is not judged. A material without any movement is reported if some phase requires
it (`missing`)."""
reads = ["material_used"]
limits = ["limit_material", "limit_material_need"]
steps = ["lot_head", "unit_conversion"]
only_if = "EXISTS (SELECT 1 FROM limit_material WHERE reconciled)"
applies_if = ["limit_material"]

[variants.outside]
sentence = "{title}: {observed} of what came in is accounted for, outside {expected} ({detail})."
severity = {CQA = "critical", CPP = "major", KPP = "major", none = "minor"}

[variants.nothing_received]
sentence = "{title}: material went out ({detail}), but nothing is recorded as received."
severity = {CQA = "critical", CPP = "major", KPP = "major", none = "minor"}

[variants.missing]
sentence = "{title} must be reconciled, but no movement of it is recorded."
severity = {CQA = "critical", CPP = "major", KPP = "major", none = "minor"}

[variants.not_a_number]
sentence = "{title}: the quantity {observed} is not a number, so the balance cannot be made ({detail})."
severity = {CQA = "critical", CPP = "major", KPP = "major", none = "minor"}

[variants.unit]
sentence = "{title}: the quantity {observed} does not convert to {expected}, so the balance cannot be made ({detail})."
severity = {CQA = "critical", CPP = "major", KPP = "major", none = "minor"}
---*/
WITH need AS (
    SELECT material, MIN(unit) AS unit, MAX(CASE WHEN required THEN 1 ELSE 0 END) AS required
    FROM limit_material_need
    GROUP BY material
),
reconciled AS (
    SELECT m.*, n.unit, COALESCE(n.required, 1) AS required
    FROM limit_material m
    LEFT JOIN need n ON n.material = m.material
    WHERE m.reconciled
),
recorded AS (
    SELECT u.*, MIN(u.unit) OVER (PARTITION BY u.lot, u.material) AS first_unit
    FROM material_used u
    JOIN reconciled r ON r.material = u.material
),
entry AS (
    SELECT
        u.lot, u.phase, u.material, u.text, u.unit, u.use, u.position, u.quantity AS value,
        COALESCE(r.unit, u.first_unit) AS target,
        CASE WHEN u.unit = COALESCE(r.unit, u.first_unit) THEN u.quantity ELSE u.quantity * c.factor + c.shift END AS quantity,
        CASE WHEN u.use IN ('received', 'produced') THEN 1 ELSE 0 END AS came_in, r.criticality
    FROM recorded u
    JOIN reconciled r ON r.material = u.material
    LEFT JOIN unit_conversion c ON c.source = u.unit AND c.target = COALESCE(r.unit, u.first_unit)
),
total AS (
    SELECT
        lot, material, COUNT(*) AS entries, COUNT(quantity) AS numbers, SUM(came_in) AS received,
        SUM(CASE WHEN came_in = 1 THEN quantity ELSE 0 END) AS came_in,
        SUM(CASE WHEN came_in = 0 THEN quantity ELSE 0 END) AS went_out,
        MIN(position) AS position, MAX(position) AS last_position
    FROM entry
    GROUP BY lot, material
),
balance AS (
    SELECT
        t.*, r.criticality, r.percent_low, r.percent_high, r.percent_low_open, r.percent_high_open,
        r.percent_text AS expected,
        CASE WHEN t.came_in > 0 THEN 100 * t.went_out / t.came_in END AS percent
    FROM total t
    JOIN reconciled r ON r.material = t.material
    WHERE t.numbers = t.entries
)
SELECT
    lot, 'outside' AS variant, material AS subject, expected,
    CASE WHEN percent >= 1e6 THEN 'more than 1000000 %'
        ELSE CAST(CAST(FLOOR(percent * 10 + 0.5) AS BIGINT) // 10 AS VARCHAR) || '.'
            || CAST(CAST(FLOOR(percent * 10 + 0.5) AS BIGINT) % 10 AS VARCHAR) || ' %' END AS observed,
    CAST(entries AS VARCHAR) || ' entries' AS detail, criticality, position, last_position AS position_2
FROM balance
WHERE percent < percent_low - 1e-9 * percent OR (percent_low_open AND percent <= percent_low + 1e-9 * percent)
    OR percent > percent_high + 1e-9 * percent OR (percent_high_open AND percent >= percent_high - 1e-9 * percent)
UNION ALL
SELECT
    lot, 'nothing_received', material, expected, 'nothing received', CAST(entries AS VARCHAR) || ' entries', criticality,
    position, last_position
FROM balance
WHERE percent IS NULL AND (went_out <> 0 OR received = 0)
UNION ALL
SELECT
    h.lot, 'missing', r.material, 'received and accounted for', 'no movement', '', r.criticality, h.position, 0
FROM lot_head h
CROSS JOIN reconciled r
LEFT JOIN total t ON t.lot = h.lot AND t.material = r.material
WHERE t.lot IS NULL AND r.required = 1
UNION ALL
SELECT
    lot, CASE WHEN value IS NULL THEN 'not_a_number' ELSE 'unit' END, material, target,
    CASE WHEN text = '' THEN '(blank)' ELSE text || ' ' || unit END, use || ', phase ' || phase, criticality, position, 0
FROM entry
WHERE quantity IS NULL
