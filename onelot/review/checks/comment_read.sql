/*---
id = "AUD-COMMENT"
title = "Comments that a person must read"
kind = "AUD"
clause = "21 CFR 211.192"
explains = """Brings every free-text comment of the record before a person: a rule cannot judge what it says.

**Boundaries.** Every comment that is not empty is one finding.

**What it does not find.** Remarks in fields that are meant for something else; the reasons given for repeated phases, entries that
do not apply and changes are shown with those findings."""
reads = ["comment"]
skip_when_empty = ["comment"]
covers = ["comment"]

[variants.comment]
sentence = "{detail} wrote about {title}: “{observed}”"
severity = "minor"
---*/
SELECT
    lot, 'comment' AS variant, subject, 'a person reads it' AS expected, text AS observed,
    CASE WHEN written_by = '' THEN 'Somebody' ELSE written_by END AS detail, 'none' AS criticality, position,
    CAST(0 AS BIGINT) AS position_2
FROM comment
WHERE TRIM(text) <> ''
