/*---
id = "AUD-TWO-PLACES"
title = "One person in two places at once"
kind = "AUD"
clause = "21 CFR 211.188(b)(11); 21 CFR 11.10(d), 11.300(a); EU GMP Annex 11, 12"
explains = """Finds people whose record says that they acted in two places at once, over all lots that are reviewed together.

`overlap`: one person performed two runs of phases in different places, and the runs share time. Only runs of at most a
day count here: nobody attends a longer one throughout. `same_minute`: one person acted (start or end of a phase, an entry)
in two places less than a minute apart.

**Boundaries.** A place is a site and, where the phase says it, a location in it. Two places differ if their sites differ, or
if both name a location and these differ. Runs that only touch do not overlap. The finding stands in both lots. An entry
belongs to the run of its phase that was going on at the time.

**What it does not find.** What lots that do not name their site, and what lots that are not part of this review would show; acts without a time; walking times."""
reads = ["lot", "phase_performed", "parameter_value"]
steps = ["lot_head", "roaming"]
skip_when_empty = ["roaming"]

[variants.overlap]
sentence = "{subject} performed two phases at once in different places: {observed} ({detail})."
severity = "major"

[variants.same_minute]
sentence = "{subject} acted in two places within one minute: {observed} ({detail})."
severity = "major"
---*/
WITH run AS (
    SELECT
        p.lot, p.phase, p.performed_by AS person, h.site, p.location, p.started_us, p.ended_us, p.position,
        h.site || ' ' || p.location AS place
    FROM phase_performed p
    JOIN roaming r ON r.person = p.performed_by
    JOIN lot_head h ON h.lot = p.lot AND h.site <> ''
    WHERE p.state <> 'skipped'
),
edge AS (
    SELECT lot, position, person, place, started_us AS at_us, 1 AS change
    FROM run WHERE ended_us > started_us AND ended_us - started_us <= 86400000000
    UNION ALL
    SELECT lot, position, person, place, ended_us, -1
    FROM run WHERE ended_us > started_us AND ended_us - started_us <= 86400000000
),
swept AS (
    SELECT
        lot, position, person, change,
        SUM(change) OVER (
            PARTITION BY person ORDER BY at_us, change, lot, position ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW
        ) - SUM(change) OVER (
            PARTITION BY person, place ORDER BY at_us, change, lot, position
            ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW
        ) AS elsewhere
    FROM edge
),
overlap AS (
    SELECT
        a.lot AS lot, a.phase AS phase, a.place AS place, a.position AS position,
        b.lot AS other_lot, b.phase AS other_phase, b.place AS other_place, b.position AS other_position, a.person,
        LEAST(a.ended_us, b.ended_us) - a.started_us AS shared_us
    FROM swept s
    JOIN run a ON a.lot = s.lot AND a.position = s.position
    JOIN run b
        ON b.person = a.person AND b.place <> a.place AND b.ended_us > a.started_us
        AND (b.started_us < a.started_us
            OR (b.started_us = a.started_us AND (b.lot < a.lot OR (b.lot = a.lot AND b.position < a.position))))
        AND b.ended_us - b.started_us <= 86400000000
    WHERE s.change = 1 AND s.elsewhere > 0
        AND (a.site <> b.site OR (a.location <> '' AND b.location <> '' AND a.location <> b.location))
),
act AS (
    SELECT lot, phase, person, site, location, place, started_us AS at_us, position FROM run
    WHERE started_us IS NOT NULL
    UNION ALL
    SELECT lot, phase, person, site, location, place, ended_us, position FROM run WHERE ended_us IS NOT NULL
    UNION ALL
    SELECT v.lot, v.parameter, v.performed_by, h.site, p.location, h.site || ' ' || p.location, v.performed_us, v.position
    FROM parameter_value v
    JOIN roaming r ON r.person = v.performed_by
    JOIN lot_head h ON h.lot = v.lot AND h.site <> ''
    JOIN phase_performed p
        ON p.lot = v.lot AND p.phase = v.phase AND v.performed_us BETWEEN p.started_us AND p.ended_us
),
neighbour AS (
    SELECT
        a.*,
        LAG(lot) OVER (PARTITION BY person, located ORDER BY at_us, place, lot, position, phase) AS other_lot,
        LAG(phase) OVER (PARTITION BY person, located ORDER BY at_us, place, lot, position, phase) AS other_phase,
        LAG(site) OVER (PARTITION BY person, located ORDER BY at_us, place, lot, position, phase) AS other_site,
        LAG(place) OVER (PARTITION BY person, located ORDER BY at_us, place, lot, position, phase) AS other_place,
        LAG(at_us) OVER (PARTITION BY person, located ORDER BY at_us, place, lot, position, phase) AS other_us,
        LAG(position) OVER (PARTITION BY person, located ORDER BY at_us, place, lot, position, phase) AS other_position
    FROM (
        SELECT *, 0 AS located FROM act
        UNION ALL
        SELECT *, 1 FROM act WHERE location <> ''
    ) a
),
close AS (
    SELECT DISTINCT lot, phase, place, position, other_lot, other_phase, other_place, other_position, person
    FROM neighbour
    WHERE at_us - other_us < 60000000
        AND ((located = 0 AND site <> other_site) OR (located = 1 AND place <> other_place))
),
pair AS (
    SELECT 'overlap' AS variant, lot, phase, place, position, other_lot, other_phase, other_place, other_position,
        person, CAST(shared_us // 60000000 AS VARCHAR) || ' min together' AS detail
    FROM overlap
    UNION ALL
    SELECT 'same_minute', lot, phase, place, position, other_lot, other_phase, other_place, other_position, person,
        'less than 1 min apart'
    FROM close
)
SELECT
    lot, variant, person AS subject, 'one place at a time' AS expected,
    other_place || ' (' || other_phase || CASE WHEN other_lot = lot THEN '' ELSE ', lot ' || other_lot END || ') and '
        || place || ' (' || phase || ')' AS observed,
    detail, 'none' AS criticality, position, other_position AS position_2
FROM pair
UNION ALL
SELECT
    other_lot, variant, person, 'one place at a time',
    other_place || ' (' || other_phase || ') and ' || place || ' (' || phase || ', lot ' || lot || ')',
    detail, 'none', other_position, position
FROM pair
WHERE other_lot <> lot
