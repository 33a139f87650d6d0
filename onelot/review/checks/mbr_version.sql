/*---
id = "VER-MBR"
title = "Record does not follow the master batch record it is reviewed against"
kind = "VER"
clause = "21 CFR 211.186; 21 CFR 211.188(a)"
explains = """Compares the head of each lot's record with the master batch record of the review: its id, its version and the
product. A lot made after another MBR is judged by limits that were not its own, so every other finding of the review, and
every absence of one, is in doubt.

A record without a head, and heads or feet that contradict each other (two files of one lot), are found too. Comparison is
exact, except for spaces around."""
reads = ["lot"]
limits = ["limit_mbr"]
only_if = """EXISTS (
    SELECT 1 FROM lot h CROSS JOIN limit_mbr m
    WHERE h.mbr <> m.mbr OR h.mbr_version <> m.mbr_version OR h.product <> m.product
) OR EXISTS (SELECT 1 FROM lot GROUP BY lot HAVING COUNT(*) > 1)"""
skip_when_empty = ["lot"]

[variants.mbr]
sentence = "The record was made after master batch record {observed}, but is reviewed against {expected}."
severity = "critical"

[variants.version]
sentence = "The record was made after version {observed} of the master batch record, but is reviewed against {expected}."
severity = "critical"

[variants.product]
sentence = "The record is of product {observed}; the master batch record is for {expected}."
severity = "critical"

[variants.no_head]
sentence = "The record has no head: nobody can say which product and master batch record it belongs to."
severity = "critical"

[variants.contradiction]
sentence = "The record has {observed} different heads or feet; they must agree."
severity = "critical"
---*/
SELECT
    h.lot, 'mbr' AS variant, h.lot AS subject, m.mbr AS expected, h.mbr AS observed, '' AS detail,
    'none' AS criticality, h.position, CAST(0 AS BIGINT) AS position_2
FROM (SELECT DISTINCT lot, mbr, position FROM lot) h
CROSS JOIN limit_mbr m
WHERE h.mbr <> '' AND TRIM(h.mbr) <> m.mbr
UNION ALL
SELECT h.lot, 'version', h.lot, m.mbr_version, h.mbr_version, '', 'none', h.position, CAST(0 AS BIGINT)
FROM (SELECT DISTINCT lot, mbr, mbr_version, position FROM lot) h
CROSS JOIN limit_mbr m
WHERE h.mbr <> '' AND TRIM(h.mbr_version) <> m.mbr_version
UNION ALL
SELECT h.lot, 'product', h.lot, m.product, h.product, '', 'none', h.position, CAST(0 AS BIGINT)
FROM (SELECT DISTINCT lot, mbr, product, position FROM lot) h
CROSS JOIN limit_mbr m
WHERE h.mbr <> '' AND TRIM(h.product) <> m.product
UNION ALL
SELECT DISTINCT h.lot, 'no_head', h.lot, 'a head', 'none', '', 'none', h.position, CAST(0 AS BIGINT)
FROM lot h
WHERE h.mbr = ''
UNION ALL
SELECT
    h.lot, 'contradiction', h.lot, '1', CAST(COUNT(*) AS VARCHAR), '', 'none', MIN(h.position),
    CASE
        WHEN MAX(h.position) > MIN(h.position) THEN MAX(h.position)
        ELSE MAX(h.completed_position)
    END
FROM lot h
GROUP BY h.lot
HAVING COUNT(*) > 1
