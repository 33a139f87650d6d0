/*---
id = "SPC-REPEAT"
title = "Repeated and invalidated tests"
kind = "SPC"
clause = "21 CFR 211.192, 211.165(f); FDA guidance on out-of-specification results (2022)"
explains = """Looks at all results of a test together, and never at the last one alone.

`too_many`: more results (final or invalidated) of one sample than the specification allows. `invalidated_without_reason`,
`repeated_without_reason`: no reason is recorded. `into_compliance`: a final result that failed a criterion of the lot's market was
followed by one that passed. `invalidated_failure`: a result that was invalidated had failed, so that a person must assess why it
was set aside.

**Boundaries.** Results that are pending or negative to date are steps on the way and do not count as repeats; neither does the final
result that follows them. A failure is a value outside the criterion, or an answer that is not accepted.

**What it does not find.** Results that were never reported; averaging of several readings before they were."""
reads = ["result"]
limits = ["limit_test"]
steps = ["result_judged"]
only_if = "EXISTS (SELECT 1 FROM result WHERE status = 'invalidated') OR EXISTS (SELECT 1 FROM result GROUP BY lot, test HAVING COUNT(*) > 1)"
applies_if = ["limit_test"]
skip_when_empty = ["result"]

[variants.too_many]
sentence = "{title} was tested {observed} times; the specification allows {expected} ({detail})."
severity = "major"

[variants.invalidated_without_reason]
sentence = "A result of {title}, {observed}, was invalidated without a reason ({detail})."
severity = "critical"

[variants.repeated_without_reason]
sentence = "{title} was tested again, with {observed}, without a reason ({detail})."
severity = "major"

[variants.into_compliance]
sentence = "{title} failed with {expected} and then passed with {observed} ({detail})."
severity = "critical"

[variants.invalidated_failure]
sentence = "A failing result of {title}, {observed}, was invalidated ({detail})."
severity = "major"
---*/
WITH done AS (
    SELECT
        r.*,
        LAG(position) OVER (PARTITION BY lot, test, sample ORDER BY occurrence, position) AS earlier_position
    FROM result r
    WHERE status IN ('final', 'invalidated')
),
judged AS (
    SELECT
        lot, market, criterion, alternative, test, occurrence, position, status, text, unit, reason, within,
        CASE WHEN within IN ('outside', 'text') THEN 1 ELSE 0 END AS failing,
        MAX(CASE WHEN status = 'final' AND within IN ('outside', 'text') THEN occurrence * 10000000000000 + position END) OVER (
            PARTITION BY lot, market, criterion, alternative ORDER BY occurrence, position
            ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING
        ) AS failed_before
    FROM result_judged
    WHERE status IN ('final', 'invalidated')
),
compliance AS (
    SELECT j.lot, j.test, j.position, j.text, j.unit, MIN(f.position) AS failed_position
    FROM judged j
    JOIN judged f
        ON f.lot = j.lot AND f.market = j.market AND f.criterion = j.criterion AND f.alternative = j.alternative
        AND f.occurrence * 10000000000000 + f.position = j.failed_before
    WHERE j.status = 'final' AND j.within = 'pass'
    GROUP BY j.lot, j.test, j.position, j.text, j.unit
)
SELECT
    d.lot, 'too_many' AS variant, d.test AS subject, CAST(t.max_occurrences AS VARCHAR) AS expected,
    CAST(COUNT(*) AS VARCHAR) AS observed,
    CASE WHEN d.sample = '' THEN 'no sample named' ELSE 'sample ' || d.sample END AS detail,
    'CQA' AS criticality, MIN(d.position) AS position, MAX(d.position) AS position_2
FROM done d
JOIN limit_test t ON t.test = d.test
GROUP BY d.lot, d.test, d.sample, t.max_occurrences
HAVING COUNT(*) > t.max_occurrences
UNION ALL
SELECT
    lot, CASE WHEN status = 'invalidated' THEN 'invalidated_without_reason' ELSE 'repeated_without_reason' END, test,
    'a reason', CASE WHEN text = '' THEN '(blank)' ELSE TRIM(text || ' ' || unit) END,
    'occurrence ' || CAST(occurrence AS VARCHAR), 'CQA', position, COALESCE(earlier_position, 0)
FROM done
WHERE TRIM(reason) = '' AND (status = 'invalidated' OR earlier_position IS NOT NULL)
UNION ALL
SELECT
    c.lot, 'into_compliance', c.test, TRIM(f.text || ' ' || f.unit), TRIM(c.text || ' ' || c.unit),
    'occurrences ' || CAST(f.occurrence AS VARCHAR) || ' and ' || CAST(r.occurrence AS VARCHAR), 'CQA',
    c.failed_position, c.position
FROM compliance c
JOIN result f ON f.lot = c.lot AND f.position = c.failed_position
JOIN result r ON r.lot = c.lot AND r.position = c.position
UNION ALL
SELECT DISTINCT
    lot, 'invalidated_failure', test, 'an assessed reason', TRIM(text || ' ' || unit),
    CASE WHEN TRIM(reason) = '' THEN 'no reason' ELSE 'reason: ' || reason END, 'CQA', position, 0
FROM judged
WHERE status = 'invalidated' AND failing = 1
