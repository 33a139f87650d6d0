/*---
id = "MAT-STATUS"
title = "Materials released and in date when used"
kind = "MAT"
clause = "21 CFR 211.84(a), 211.87, 211.188(b)(3); EU GMP 5.27-5.33 (Part I, Chapter 5)"
explains = """For each consumed material asks for the status of its lot at the time of use, and whether the lot had expired.

**Boundaries.** Only `consumed` counts as use: what is received, returned, wasted or sampled may be in quarantine. A status counts
from its own instant on; of several from one instant the most cautious one decides. A lot that is blocked or rejected after the
use was fine when it was used, and is not found here. A use at the instant of expiry is in date. The expiry that was on file
at the time of use counts, or the first one filed later. Material lots of kind `product` come from the process itself and
need no status; a vector or reagent without any expiry on file is reported (`expiry_unknown`).

**What it does not find.** Time out of cold storage (see the clocks); suppliers that are not approved."""
reads = ["material_used", "material_status"]
limits = ["limit_material"]
steps = ["material_period"]
applies_if = ["limit_material"]
skip_when_empty = ["material_used"]
covers = ["material"]

[[needs]]
table = "material_status"
when = "limit_material"
why = "no status of any material lot is among the records"

[variants.unknown_lot]
sentence = "Lot {observed} of {title} was used, but no status of it is on file ({detail})."
severity = {CQA = "critical", CPP = "critical", KPP = "major", none = "major"}

[variants.other_material]
sentence = "Lot {observed} was used as {title}, but is on file as another material: {detail}."
severity = "critical"

[variants.used_before_released]
sentence = "Lot {observed} of {title} was used before it was released ({detail})."
severity = {CQA = "critical", CPP = "major", KPP = "major", none = "major"}

[variants.not_released]
sentence = "Lot {observed} of {title} was used without ever being released ({detail})."
severity = {CQA = "critical", CPP = "critical", KPP = "major", none = "major"}

[variants.rejected]
sentence = "Lot {observed} of {title} was used although it was rejected or blocked ({detail})."
severity = "critical"

[variants.expired]
sentence = "Lot {observed} of {title} was used after its expiry ({detail})."
severity = {CQA = "critical", CPP = "critical", KPP = "major", none = "major"}

[variants.expiry_unknown]
sentence = "Lot {observed} of {title} was used, but no expiry of it is on file ({detail})."
severity = "minor"
---*/
WITH use AS (
    SELECT
        u.lot, u.phase, u.material, u.material_lot, u.used_us, u.position,
        COALESCE(m.kind, '') AS kind, COALESCE(m.criticality, 'none') AS criticality
    FROM material_used u
    LEFT JOIN limit_material m ON m.material = u.material
    WHERE u.use = 'consumed' AND u.material_lot <> ''
),
filed AS (
    SELECT
        material, material_lot, MAX(position) AS position, MAX(CASE status WHEN 'released' THEN changed_us END) AS released_us,
        MAX(expiry_us) AS any_expiry_us
    FROM material_status
    GROUP BY material, material_lot
),
elsewhere AS (
    SELECT material_lot, MIN(material) AS material, MIN(position) AS position
    FROM material_status
    GROUP BY material_lot
),
state AS (
    SELECT u.*, p.status, p.position AS status_position, f.released_us
    FROM use u
    JOIN filed f ON f.material = u.material AND f.material_lot = u.material_lot
    JOIN material_period p
        ON p.material = u.material AND p.material_lot = u.material_lot
        AND p.from_us <= u.used_us AND p.until_us > u.used_us
    WHERE p.status <> 'released'
),
expiry AS (
    SELECT
        u.lot, u.phase, u.material, u.material_lot, u.used_us, u.criticality, u.position,
        s.expiry_us, s.position AS status_position,
        ROW_NUMBER() OVER (
            PARTITION BY u.lot, u.position
            ORDER BY
                CASE WHEN s.changed_us <= u.used_us THEN 0 ELSE 1 END,
                CASE WHEN s.changed_us <= u.used_us THEN -s.changed_us ELSE s.changed_us END,
                s.expiry_us, s.position
        ) AS place_in_line
    FROM use u
    JOIN material_status s ON s.material = u.material AND s.material_lot = u.material_lot AND s.expiry_us IS NOT NULL
)
SELECT
    lot,
    CASE
        WHEN status IN ('rejected', 'blocked') THEN 'rejected'
        WHEN released_us > used_us THEN 'used_before_released'
        ELSE 'not_released'
    END AS variant,
    material AS subject, 'released' AS expected, material_lot AS observed,
    'status ' || status || CASE WHEN released_us > used_us AND status NOT IN ('rejected', 'blocked')
        THEN ', released ' || CAST((released_us - used_us) // 60000000 AS VARCHAR) || ' min later' ELSE '' END
        || ', phase ' || phase AS detail,
    criticality, position, status_position AS position_2
FROM state
UNION ALL
SELECT
    u.lot, CASE WHEN e.material IS NULL THEN 'unknown_lot' ELSE 'other_material' END, u.material, 'a status on file',
    u.material_lot, CASE WHEN e.material IS NULL THEN 'phase ' || u.phase ELSE e.material || ', phase ' || u.phase END,
    u.criticality, u.position, COALESCE(e.position, 0)
FROM use u
LEFT JOIN filed f ON f.material = u.material AND f.material_lot = u.material_lot
LEFT JOIN elsewhere e ON e.material_lot = u.material_lot
WHERE f.material IS NULL AND (u.kind <> 'product' OR e.material IS NOT NULL)
UNION ALL
SELECT
    lot, 'expired', material, 'in date', material_lot,
    'expired ' || CAST((used_us - expiry_us) // 60000000 AS VARCHAR) || ' min before, phase ' || phase,
    criticality, position, status_position
FROM expiry
WHERE place_in_line = 1 AND used_us > expiry_us
UNION ALL
SELECT
    u.lot, 'expiry_unknown', u.material, 'in date',
    u.material_lot, 'phase ' || u.phase, u.criticality, u.position, f.position
FROM use u
JOIN filed f ON f.material = u.material AND f.material_lot = u.material_lot
WHERE f.any_expiry_us IS NULL AND u.kind IN ('vector', 'reagent')
