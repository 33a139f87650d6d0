/*---
id = "RNG-TYPE"
title = "Entry is not of the kind that is asked for"
kind = "RNG"
clause = "EU GMP Annex 11, 6; 21 CFR 211.188(b)"
explains = """Holds each recorded entry to its parameter's data type.

- *number*: a decimal number, with a censoring sign where there is one.
- *integer*: a whole number without a sign before it (`12`, also `12.0`).
- *boolean*: `true`, `false`, `yes` or `no`, in any case.
- *datetime*: an RFC 3339 time with its offset; a local time without an offset cannot be compared across sites.
- *multiple_choice*, *choice*: see RNG-CHOICE. *text*: anything that is not blank (see CMP-NOT-RECORDED).

A number that is no number is compared with no limit, so it is never passed silently."""
reads = ["parameter_value"]
limits = ["limit_parameter"]
steps = ["noted_entry"]
skip_when_empty = ["noted_entry"]
covers = ["parameter:typed"]

[variants.not_a_number]
sentence = "{title} should be a number but reads “{observed}”."
severity = {CQA = "major", CPP = "major", KPP = "minor", none = "minor"}

[variants.not_an_integer]
sentence = "{title} should be a whole number but reads “{observed}”."
severity = {CQA = "major", CPP = "major", KPP = "minor", none = "minor"}

[variants.not_a_truth_value]
sentence = "{title} should be yes or no but reads “{observed}”."
severity = {CQA = "major", CPP = "major", KPP = "minor", none = "minor"}

[variants.not_a_time]
sentence = "{title} should be a time with its offset (RFC 3339) but reads “{observed}”."
severity = {CQA = "major", CPP = "major", KPP = "minor", none = "minor"}
---*/
WITH judged AS (
    SELECT
        p.lot, p.parameter, p.text, p.occurrence, p.position, l.criticality, l.data_type,
        CASE
            WHEN l.data_type = 'number' AND p.value IS NULL THEN 'not_a_number'
            WHEN l.data_type = 'integer'
                AND COALESCE(p.censor <> '' OR p.value <> FLOOR(p.value), TRUE) THEN 'not_an_integer'
            WHEN l.data_type = 'boolean'
                AND LOWER(TRIM(p.text)) NOT IN ('true', 'false', 'yes', 'no') THEN 'not_a_truth_value'
            WHEN l.data_type = 'datetime'
                AND (
                    TRY_CAST(SUBSTR(p.text, 1, 10) AS DATE) IS NULL
                    OR TRY_CAST(SUBSTR(p.text, 1, 10) || ' ' || SUBSTR(p.text, 12, 8) AS TIMESTAMP) IS NULL
                    OR NOT (
                        p.text LIKE '____-__-__T__:__:__Z'
                        OR p.text LIKE '____-__-__T__:__:__.%Z'
                        OR p.text LIKE '____-__-__T__:__:__%+__:__'
                        OR p.text LIKE '____-__-__T__:__:__%-__:__'
                    )
                ) THEN 'not_a_time'
        END AS variant
    FROM noted_entry p
    JOIN limit_parameter l ON l.parameter = p.parameter
    WHERE p.status = 'recorded' AND p.text <> ''
)
SELECT
    lot, variant, parameter AS subject, data_type AS expected, text AS observed,
    CASE WHEN occurrence > 1 THEN 'occurrence ' || CAST(occurrence AS VARCHAR) ELSE '' END AS detail,
    criticality, position, CAST(0 AS BIGINT) AS position_2
FROM judged
WHERE variant IS NOT NULL
