/*---
id = "VER-MARKET"
title = "Intended market not in the specification"
kind = "VER"
clause = "EU GMP Annex 16, 1.7; 21 CFR 211.165(a)"
explains = """A lot is evaluated against the criteria of its intended market, since limits differ between markets. A record
that names no market, or one that the specification does not have, cannot be evaluated against any."""
reads = ["lot"]
limits = ["limit_criterion"]
skip_when_empty = ["lot"]
only_if = "EXISTS (SELECT 1 FROM lot WHERE intended_market NOT IN (SELECT market FROM limit_criterion))"

[variants.missing]
sentence = "The record names no intended market, so no release criteria apply to it."
severity = "critical"

[variants.unknown]
sentence = "The record is meant for market {observed}, but the specification has criteria for {expected} only."
severity = "critical"
---*/
WITH markets AS (
    SELECT MIN(market) AS first_market, MAX(market) AS last_market, COUNT(DISTINCT market) AS markets
    FROM limit_criterion
)
SELECT DISTINCT
    h.lot, CASE WHEN h.intended_market = '' THEN 'missing' ELSE 'unknown' END AS variant, h.lot AS subject,
    CASE
        WHEN t.markets = 1 THEN t.first_market
        WHEN t.markets = 2 THEN t.first_market || ', ' || t.last_market
        ELSE CAST(t.markets AS VARCHAR) || ' markets, ' || t.first_market || ' to ' || t.last_market
    END AS expected,
    CASE WHEN h.intended_market = '' THEN 'none' ELSE h.intended_market END AS observed, '' AS detail,
    'none' AS criticality, h.position, CAST(0 AS BIGINT) AS position_2
FROM lot h
CROSS JOIN markets t
LEFT JOIN limit_criterion c ON c.market = h.intended_market
WHERE c.market IS NULL AND h.mbr <> ''
