/*---
id = "DUP-VALUES"
title = "Copied entries"
kind = "DUP"
clause = "21 CFR 211.188, 211.194; EU GMP 4.8 (Part I, Chapter 4); MHRA GXP data integrity (2018)"
explains = """Finds values that look copied. `other_lot`: two lots that are reviewed together agree digit for digit in all their trended and
explaining parameters, at least five. `other_run`: two runs of one phase in one lot agree in all their numbers, at least four with at
least twelve digits together.

**Boundaries.** Recorded texts are compared, so `7.40` and `7.4` differ. Of several equal lots or runs each is compared with the first
one. The finding stands in both lots.

**What it does not find.** A single copied value, which nobody can tell from chance; copies from lots outside this review. Runs of a
phase that holds nothing but set-points agree for a good reason."""
reads = ["parameter_value"]
limits = ["limit_parameter"]
steps = ["process_value"]
only_if = "(SELECT MIN(lot) <> MAX(lot) FROM process_value) OR EXISTS (SELECT 1 FROM parameter_value WHERE occurrence > 1)"
skip_when_empty = ["parameter_value"]

[variants.other_lot]
sentence = "{observed} of this lot are, digit for digit, those of lot {expected} ({detail})."
severity = "major"

[variants.other_run]
sentence = "{title}: {observed} of {detail} are, digit for digit, those of {expected}."
severity = "minor"
---*/
WITH varied AS (
    SELECT p.lot, p.parameter, p.text, p.position, p.number, ROW_NUMBER() OVER (PARTITION BY p.lot ORDER BY p.parameter) AS rank
    FROM process_value p
    JOIN limit_parameter l ON l.parameter = p.parameter
    WHERE p.number IS NOT NULL AND (l.trended OR l.covariate)
),
lot_sketch AS (
    SELECT
        lot, COUNT(*) AS entries, MIN(position) AS position, MIN(text) AS least, MAX(text) AS most,
        SUM(rank * (CAST(FLOOR(LEAST(ABS(number), 1e12) * 1000 + 0.5) AS BIGINT) % 1000000007)) AS total
    FROM varied
    GROUP BY lot
    HAVING COUNT(*) >= 5
),
lot_alike AS (
    SELECT
        *,
        MIN(lot) OVER (PARTITION BY entries, least, most, total) AS first_lot
    FROM lot_sketch
),
lot_pair AS (
    SELECT a.lot, a.first_lot, a.entries, a.position, MIN(f.position) AS first_position
    FROM lot_alike a
    JOIN varied v ON v.lot = a.lot
    JOIN varied f ON f.lot = a.first_lot AND f.parameter = v.parameter AND f.text = v.text
    WHERE a.lot <> a.first_lot
    GROUP BY a.lot, a.first_lot, a.entries, a.position
    HAVING COUNT(*) = a.entries
),
run_entry AS (
    SELECT p.lot, p.phase, p.parameter, p.occurrence, p.text, p.position, LENGTH(REPLACE(p.text, '.', '')) AS digits
    FROM parameter_value p
    JOIN limit_parameter l ON l.parameter = p.parameter
    JOIN (
        SELECT DISTINCT lot, phase FROM parameter_value WHERE occurrence > 1
    ) repeated ON repeated.lot = p.lot AND repeated.phase = p.phase
    WHERE l.data_type = 'number' AND l.interval_us IS NULL AND p.status = 'recorded' AND p.value IS NOT NULL
),
run_size AS (
    SELECT lot, phase, occurrence, COUNT(*) AS entries, SUM(digits) AS digits, MIN(position) AS position
    FROM run_entry
    GROUP BY lot, phase, occurrence
    HAVING COUNT(*) >= 4 AND SUM(digits) >= 12
),
run_pair AS (
    SELECT b.lot, b.phase, a.occurrence AS first_run, b.occurrence AS second_run, s.entries,
        MIN(a.position) AS first_position, MIN(b.position) AS second_position
    FROM run_size s
    JOIN run_entry b ON b.lot = s.lot AND b.phase = s.phase AND b.occurrence = s.occurrence
    JOIN run_entry a
        ON a.lot = b.lot AND a.phase = b.phase AND a.parameter = b.parameter AND a.text = b.text
        AND a.occurrence < b.occurrence
    JOIN run_size f ON f.lot = a.lot AND f.phase = a.phase AND f.occurrence = a.occurrence AND f.entries = s.entries
    GROUP BY b.lot, b.phase, a.occurrence, b.occurrence, s.entries
    HAVING COUNT(*) = s.entries
)
SELECT
    lot, 'other_lot' AS variant, lot AS subject, first_lot AS expected, CAST(entries AS VARCHAR) || ' values' AS observed,
    'all trended parameters' AS detail, 'none' AS criticality, position, CAST(0 AS BIGINT) AS position_2
FROM lot_pair
UNION ALL
SELECT
    first_lot, 'other_lot', first_lot, lot, CAST(entries AS VARCHAR) || ' values', 'all trended parameters', 'none',
    first_position, 0
FROM lot_pair
UNION ALL
SELECT
    lot, 'other_run', phase, 'run ' || CAST(MIN(first_run) AS VARCHAR), CAST(entries AS VARCHAR) || ' values',
    'run ' || CAST(second_run AS VARCHAR), 'none', MIN(second_position), MIN(first_position)
FROM run_pair
GROUP BY lot, phase, second_run, entries
