/*---
id = "MAT-IDENTITY"
title = "The right materials, each in its phase"
kind = "MAT"
clause = "21 CFR 211.188(b)(3), 211.101(c); EU GMP 4.20 d (Part I, Chapter 4)"
explains = """Asks for each movement of material whether the master batch record knows the material, for each consumption whether
it names the material for that phase, whether the material's lot number was recorded, and, where one material lot only is allowed
within one lot of product, whether more than one was consumed.

**Boundaries.** Only `consumed` is bound to the phases that name the material; what is received, returned, wasted or sampled may
happen elsewhere. Lot numbers are compared as recorded.

**What it does not find.** The status of the material's lot (see MAT-STATUS), its amount (see MAT-QUANTITY)."""
reads = ["material_used"]
limits = ["limit_material", "limit_material_need"]
skip_when_empty = ["material_used"]

[variants.not_in_mbr]
sentence = "Material {subject} was used, but the master batch record does not know it ({detail})."
severity = "critical"

[variants.wrong_phase]
sentence = "{title} was consumed in a phase for which the master batch record does not name it ({detail})."
severity = {CQA = "critical", CPP = "major", KPP = "major", none = "major"}

[variants.lot_missing]
sentence = "{title} was used without its lot number ({detail})."
severity = {CQA = "critical", CPP = "major", KPP = "major", none = "major"}

[variants.two_lots]
sentence = "{title} came from {observed}, although one only is allowed ({detail})."
severity = {CQA = "critical", CPP = "major", KPP = "major", none = "major"}
---*/
SELECT
    u.lot,
    CASE
        WHEN m.material IS NULL THEN 'not_in_mbr'
        WHEN u.material_lot = '' THEN 'lot_missing'
        ELSE 'wrong_phase'
    END AS variant,
    u.material AS subject,
    CASE
        WHEN m.material IS NULL THEN 'a material of the master batch record'
        WHEN u.material_lot = '' THEN 'a lot number'
        ELSE 'a phase that needs it'
    END AS expected,
    CASE WHEN u.material_lot = '' THEN 'no lot number' ELSE 'lot ' || u.material_lot END AS observed,
    u.use || ', phase ' || u.phase AS detail,
    COALESCE(m.criticality, 'none') AS criticality,
    u.position,
    CAST(0 AS BIGINT) AS position_2
FROM material_used u
LEFT JOIN limit_material m ON m.material = u.material
LEFT JOIN limit_material_need n ON n.material = u.material AND n.phase = u.phase
WHERE m.material IS NULL OR u.material_lot = '' OR (u.use = 'consumed' AND n.material IS NULL)
UNION ALL
SELECT
    u.lot, 'two_lots', u.material, 'one material lot',
    CASE WHEN COUNT(DISTINCT u.material_lot) = 2 THEN 'lots ' || MIN(u.material_lot) || ' and ' || MAX(u.material_lot)
        ELSE CAST(COUNT(DISTINCT u.material_lot) AS VARCHAR) || ' lots, from ' || MIN(u.material_lot) || ' to '
            || MAX(u.material_lot) END,
    'consumed in ' || CAST(COUNT(*) AS VARCHAR) || ' entries', MAX(m.criticality), MIN(u.position), MAX(u.position)
FROM material_used u
JOIN limit_material m ON m.material = u.material
WHERE m.single_lot AND u.use = 'consumed' AND u.material_lot <> ''
GROUP BY u.lot, u.material
HAVING COUNT(DISTINCT u.material_lot) > 1
