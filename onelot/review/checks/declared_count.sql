/*---
id = "CMP-DECLARED"
title = "Number of entries differs from what the sender declared"
kind = "CMP"
clause = "21 CFR 211.192; EU GMP Annex 11, 5 (checks on data exchange)"
explains = """Where the foot of the record declares how many parameter entries it holds, as many must have been read. A
difference means that part of the record was lost or added on its way. Without a declaration there is nothing to compare,
and the check finds nothing."""
reads = ["lot", "parameter_value"]
limits = []
only_if = "EXISTS (SELECT 1 FROM lot WHERE declared_entries IS NOT NULL)"

[variants.fewer]
sentence = "The sender declares {expected} entries, but only {observed} were read: part of the record is missing."
severity = "critical"

[variants.more]
sentence = "The sender declares {expected} entries, but {observed} were read."
severity = "major"
---*/
WITH declared AS (
    SELECT DISTINCT lot, declared_entries, completed_position FROM lot WHERE declared_entries IS NOT NULL
),
counted AS (
    SELECT p.lot, COUNT(*) AS entries
    FROM parameter_value p
    JOIN (SELECT DISTINCT lot FROM declared) d ON d.lot = p.lot
    GROUP BY p.lot
)
SELECT
    d.lot,
    CASE WHEN COALESCE(c.entries, 0) < d.declared_entries THEN 'fewer' ELSE 'more' END AS variant,
    d.lot AS subject,
    CAST(d.declared_entries AS VARCHAR) AS expected,
    CAST(COALESCE(c.entries, 0) AS VARCHAR) AS observed,
    '' AS detail, 'none' AS criticality, d.completed_position AS position, CAST(0 AS BIGINT) AS position_2
FROM declared d
LEFT JOIN counted c ON c.lot = d.lot
WHERE COALESCE(c.entries, 0) <> d.declared_entries
