/*---
id = "SPC-REPORT"
title = "Tests run and reported as the specification says"
kind = "SPC"
clause = "21 CFR 211.194(a), 211.160(b); EU GMP 6.17 (Part I, Chapter 6)"
explains = """For each result asks whether the test belongs to the specification, was run by its method, in an order of times that is possible,
and whether a final or invalidated result was reviewed by somebody else than the analyst.

**Boundaries.** Methods are compared without case and outer spaces; a result without a method is reported only if the
specification names one. Sampled, tested, reported and reviewed may share an instant. A time that is not recorded is not judged.

**What it does not find.** Whether the laboratory may run the test; the method's own acceptance criteria."""
reads = ["result"]
limits = ["limit_test"]
only_if = """EXISTS (
    SELECT 1 FROM result r LEFT JOIN limit_test t ON t.test = r.test
    WHERE NOT COALESCE(
        (t.method = '' OR t.method = r.method)
        AND r.sampled_us <= r.tested_us AND r.tested_us <= r.reported_us AND r.tested_us <= r.reviewed_us
        AND r.analyst <> '' AND TRIM(r.analyst) <> '' AND TRIM(r.reviewed_by) <> ''
        AND LOWER(REPLACE(r.reviewed_by, ' ', '')) <> LOWER(REPLACE(r.analyst, ' ', '')),
        FALSE
    )
)"""
applies_if = ["limit_test"]
skip_when_empty = ["result"]

[variants.not_in_specification]
sentence = "{subject} was tested ({observed}), but the specification does not know the test."
severity = "minor"

[variants.method]
sentence = "{title} was tested by {observed}; the specification says {expected} ({detail})."
severity = "major"

[variants.order]
sentence = "{title}: {observed} ({detail})."
severity = "major"

[variants.not_reviewed]
sentence = "The result of {title}, {observed}, was not reviewed by a second person ({detail})."
severity = "major"

[variants.own_review]
sentence = "The result of {title}, {observed}, was reviewed by its analyst ({detail})."
severity = "critical"

[variants.analyst_missing]
sentence = "The result of {title}, {observed}, does not say who tested ({detail})."
severity = "minor"
---*/
WITH judged AS (
    SELECT r.*, t.method AS own_method, t.test AS known, x.variant
    FROM result r
    LEFT JOIN limit_test t ON t.test = r.test
    CROSS JOIN (
        SELECT 'not_in_specification' AS variant UNION ALL SELECT 'method' UNION ALL SELECT 'order'
        UNION ALL SELECT 'not_reviewed' UNION ALL SELECT 'own_review' UNION ALL SELECT 'analyst_missing'
    ) x
    WHERE CASE x.variant
        WHEN 'not_in_specification' THEN t.test IS NULL
        WHEN 'method' THEN t.method <> '' AND r.status <> 'pending' AND LOWER(TRIM(t.method)) <> LOWER(TRIM(r.method))
        WHEN 'order' THEN
            r.tested_us < r.sampled_us OR r.reported_us < r.tested_us OR r.reported_us < r.sampled_us
            OR r.reviewed_us < r.tested_us
        WHEN 'not_reviewed' THEN r.status IN ('final', 'invalidated') AND TRIM(r.reviewed_by) = ''
        WHEN 'own_review' THEN
            TRIM(r.reviewed_by) <> ''
            AND LOWER(REPLACE(r.reviewed_by, ' ', '')) = LOWER(REPLACE(r.analyst, ' ', ''))
        ELSE r.status IN ('final', 'invalidated') AND TRIM(r.analyst) = ''
    END
)
SELECT
    lot, variant, test AS subject,
    CASE variant WHEN 'method' THEN own_method WHEN 'order' THEN 'sampled, tested, reported, reviewed'
        WHEN 'not_in_specification' THEN 'a test of the specification' ELSE 'two people' END AS expected,
    CASE
        WHEN variant = 'method' THEN CASE WHEN method = '' THEN 'no method named' ELSE method END
        WHEN variant = 'order' THEN
            CASE
                WHEN tested_us < sampled_us THEN
                    'tested ' || CAST((sampled_us - tested_us) // 60000000 AS VARCHAR) || ' min before the sample was taken'
                WHEN reported_us < tested_us THEN
                    'reported ' || CAST((tested_us - reported_us) // 60000000 AS VARCHAR) || ' min before it was tested'
                WHEN reported_us < sampled_us THEN
                    'reported ' || CAST((sampled_us - reported_us) // 60000000 AS VARCHAR)
                        || ' min before the sample was taken'
                ELSE 'reviewed ' || CAST((tested_us - reviewed_us) // 60000000 AS VARCHAR) || ' min before it was tested'
            END
        WHEN text = '' THEN REPLACE(status, '_', ' ')
        ELSE TRIM(text || ' ' || unit)
    END AS observed,
    'occurrence ' || CAST(occurrence AS VARCHAR) || CASE WHEN analyst = '' THEN '' ELSE ', analyst ' || analyst END AS detail,
    'none' AS criticality, position, CAST(0 AS BIGINT) AS position_2
FROM judged
