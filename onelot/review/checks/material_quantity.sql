/*---
id = "MAT-QUANTITY"
title = "Materials used in the expected quantity"
kind = "MAT"
clause = "21 CFR 211.101, 211.188(b)(4); EU GMP 4.20 d (Part I, Chapter 4)"
explains = """Adds up what each run of a phase consumed of a material, in the unit of the master batch record, and compares the sum
with the quantity that the record foresees. Where a phase consumed nothing of the material but produced or received it, that
quantity is compared.

**Boundaries.** An entry belongs to the last run of its phase that had started when the material was used, or to the first run. An
end belongs to the band unless the MBR says it is open. A single entry in the MBR's own unit is compared exactly; sums and
converted quantities with a relative tolerance of 1e-9.

**What it does not find.** Materials that are missing altogether (see the checks of completeness); what a person wrote without
a number (`not_a_number`) or in a unit that does not convert (`unit`) is reported, and then the sum is not judged."""
reads = ["material_used", "phase_performed"]
limits = ["limit_material_need"]
steps = ["unit_conversion"]
applies_if = ["limit_material_need"]
skip_when_empty = ["material_used"]

[variants.outside]
sentence = "{title}: {observed} in phase {detail}, outside {expected}."
severity = {CQA = "critical", CPP = "major", KPP = "minor", none = "minor"}

[variants.not_a_number]
sentence = "{title}: the quantity {observed} is not a number, so it cannot be compared with {expected} ({detail})."
severity = {CQA = "critical", CPP = "major", KPP = "minor", none = "minor"}

[variants.unit]
sentence = "{title}: the quantity {observed} does not convert to the unit of {expected} ({detail})."
severity = {CQA = "critical", CPP = "major", KPP = "minor", none = "minor"}
---*/
WITH entry AS (
    SELECT
        u.lot, u.phase, u.material, u.text, u.unit, u.use, u.used_us, u.position, u.quantity AS value,
        CASE WHEN u.unit = n.unit THEN u.quantity ELSE u.quantity * c.factor + c.shift END AS quantity,
        CASE WHEN u.unit = n.unit THEN 0 ELSE 1 END AS converted,
        CASE WHEN u.unit = n.unit OR c.factor IS NOT NULL THEN 1 ELSE 0 END AS convertible,
        CASE u.use WHEN 'consumed' THEN 1 WHEN 'produced' THEN 2 ELSE 3 END AS rank,
        MIN(CASE u.use WHEN 'consumed' THEN 1 WHEN 'produced' THEN 2 ELSE 3 END) OVER (
            PARTITION BY u.lot, u.phase, u.material
        ) AS first_rank,
        n.quantity_low, n.quantity_high, n.quantity_low_open, n.quantity_high_open,
        n.quantity_text AS expected, n.criticality
    FROM material_used u
    JOIN limit_material_need n ON n.phase = u.phase AND n.material = u.material
    LEFT JOIN unit_conversion c ON c.source = u.unit AND c.target = n.unit
    WHERE u.use IN ('consumed', 'produced', 'received') AND (n.quantity_low IS NOT NULL OR n.quantity_high IS NOT NULL)
),
placed AS (
    SELECT
        e.lot, e.phase, e.material, e.position, GREATEST(COUNT(r.started_us), 1) AS run
    FROM entry e
    LEFT JOIN phase_performed r ON r.lot = e.lot AND r.phase = e.phase AND r.started_us <= e.used_us
    GROUP BY e.lot, e.phase, e.material, e.position
),
total AS (
    SELECT
        e.lot, e.phase, e.material, p.run, COUNT(*) AS entries,
        SUM(e.quantity) AS quantity, MAX(e.converted) AS converted, MIN(e.convertible) AS convertible,
        COUNT(e.value) AS numbers, MIN(e.text || ' ' || e.unit) AS text,
        MIN(e.position) AS position, MAX(e.position) AS last_position,
        MAX(e.quantity_low) AS low, MAX(e.quantity_high) AS high,
        MAX(CASE WHEN e.quantity_low_open THEN 1 ELSE 0 END) AS low_open,
        MAX(CASE WHEN e.quantity_high_open THEN 1 ELSE 0 END) AS high_open,
        MAX(e.expected) AS expected, MAX(e.criticality) AS criticality
    FROM entry e
    JOIN placed p ON p.lot = e.lot AND p.phase = e.phase AND p.material = e.material AND p.position = e.position
    WHERE e.rank = e.first_rank
    GROUP BY e.lot, e.phase, e.material, p.run
),
judged AS (
    SELECT *, CASE WHEN entries > 1 OR converted = 1 THEN 1e-9 * ABS(quantity) ELSE 0 END AS slack FROM total
)
SELECT
    lot, 'outside' AS variant, material AS subject, expected,
    CASE
        WHEN entries = 1 THEN text
        WHEN ABS(quantity) >= 1e12 THEN 'more than 10^12 in ' || CAST(entries AS VARCHAR) || ' entries'
        ELSE CAST(CAST(FLOOR(ABS(quantity) * 1000 + 0.5) AS BIGINT) // 1000 AS VARCHAR) || '.'
            || SUBSTR(CAST(1000 + CAST(FLOOR(ABS(quantity) * 1000 + 0.5) AS BIGINT) % 1000 AS VARCHAR), 2, 3)
            || ' in ' || CAST(entries AS VARCHAR) || ' entries'
    END AS observed,
    phase || ', run ' || CAST(run AS VARCHAR) AS detail, criticality, position,
    CASE WHEN last_position = position THEN 0 ELSE last_position END AS position_2
FROM judged
WHERE numbers = entries AND convertible = 1 AND (
    quantity < low - slack OR (low_open = 1 AND quantity <= low + slack)
    OR quantity > high + slack OR (high_open = 1 AND quantity >= high - slack)
)
UNION ALL
SELECT
    e.lot, CASE WHEN e.value IS NULL THEN 'not_a_number' ELSE 'unit' END, e.material, e.expected,
    CASE WHEN e.text = '' THEN '(blank)' ELSE e.text || ' ' || e.unit END, 'phase ' || e.phase, e.criticality, e.position, 0
FROM entry e
WHERE e.rank = e.first_rank AND (e.value IS NULL OR e.convertible = 0)
