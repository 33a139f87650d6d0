/*---
id = "IDM-CONTAINER"
title = "Containers belong to this lot"
kind = "IDM"
clause = "21 CFR 1271.290(b); EU GMP Part IV, 6.24; ISO 21973"
explains = """Follows containers (bags, vials) by their identifiers.

`carriers_disagree`: a container was read from one carrier at a point, while another carrier at that point gave other containers
only. `not_received`: a container of a starting material or product was consumed, although containers of that material were
recorded as received or produced, and this was none of them. `other_lot`: one container identifier occurs in two lots that are
reviewed together; the finding stands in both.

**Boundaries.** Identifiers are compared as read, without outer spaces. Containers of reagents and consumables may serve many lots
and are not followed.

**What it does not find.** Lots that are not part of this review."""
reads = ["identifier_read", "material_used", "handed_over"]
limits = ["limit_material"]
only_if_any = ["identifier_read", "material_used", "handed_over"]

[variants.carriers_disagree]
sentence = "At {subject} container {observed} was read from the {detail}, but not from {expected}."
severity = "critical"

[variants.not_received]
sentence = "Container {observed} of {title} was consumed, but it is none of those received for this lot ({detail})."
severity = "critical"

[variants.other_lot]
sentence = "Container {observed} occurs in this lot and in lot {detail}."
severity = "critical"
---*/
WITH reading AS (
    SELECT lot, point, carrier, TRIM(identifier) AS container, MIN(position) AS position
    FROM identifier_read
    WHERE kind = 'container' AND TRIM(identifier) <> ''
    GROUP BY lot, point, carrier, TRIM(identifier)
),
carrier AS (
    SELECT lot, point, carrier, MIN(position) AS position FROM reading GROUP BY lot, point, carrier
),
bag AS (
    SELECT u.lot, u.phase, u.material, u.use, TRIM(u.container) AS container, u.position
    FROM material_used u
    JOIN limit_material m ON m.material = u.material
    WHERE m.kind IN ('starting_material', 'product') AND TRIM(u.container) <> ''
),
came_in AS (
    SELECT lot, material, container, MIN(position) AS position
    FROM bag
    WHERE use IN ('received', 'produced')
    GROUP BY lot, material, container
),
some_in AS (
    SELECT lot, material, MIN(position) AS position FROM came_in GROUP BY lot, material
),
held AS (
    SELECT container, lot, MIN(position) AS position
    FROM (
        SELECT container, lot, position FROM reading
        UNION ALL
        SELECT container, lot, position FROM bag
        UNION ALL
        SELECT TRIM(container), lot, position FROM handed_over WHERE TRIM(container) <> ''
    ) everywhere
    GROUP BY container, lot
),
shared AS (
    SELECT
        container, lot, position,
        MIN(lot) OVER (PARTITION BY container) AS first_lot,
        MAX(lot) OVER (PARTITION BY container) AS last_lot
    FROM held
)
SELECT
    r.lot, 'carriers_disagree' AS variant, r.point AS subject, 'the ' || c.carrier AS expected, r.container AS observed,
    r.carrier AS detail, 'none' AS criticality, r.position, c.position AS position_2
FROM reading r
JOIN carrier c ON c.lot = r.lot AND c.point = r.point AND c.carrier <> r.carrier
LEFT JOIN reading s
    ON s.lot = r.lot AND s.point = r.point AND s.carrier = c.carrier AND s.container = r.container
WHERE s.lot IS NULL
UNION ALL
SELECT
    b.lot, 'not_received', b.material, 'a container received or produced in this lot', b.container, 'phase ' || b.phase,
    'none', b.position, s.position
FROM bag b
JOIN some_in s ON s.lot = b.lot AND s.material = b.material
LEFT JOIN came_in i ON i.lot = b.lot AND i.material = b.material AND i.container = b.container
WHERE b.use = 'consumed' AND i.lot IS NULL
UNION ALL
SELECT
    lot, 'other_lot', container, 'a container of one lot', container,
    CASE WHEN first_lot = lot THEN last_lot ELSE first_lot END, 'none', position, 0
FROM shared
WHERE first_lot <> last_lot
