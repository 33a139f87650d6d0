/*---
id = "RNG-CHOICE"
title = "Answer that may not be given, or that a person must look at"
kind = "RNG"
clause = "21 CFR 211.192"
explains = """Compares the answer of every choice, multiple choice and truth value with the choices of the MBR and, among
them, with the accepted ones. **Every member of a multiple choice is judged by itself**: one unaccepted answer among
accepted ones is found.

**Spelling.** Answers are compared without regard to case and to spaces around them: `yes` is `Yes`. The difference is
reported as information (`spelling`), because a system that can only give listed answers would not produce it. A truth
value has no list: `true`, `yes` are the same, and so are `false`, `no`; where the MBR says which is accepted, the other is
found.

**What it does not find.** A missing or blank answer (CMP-MISSING-ENTRY, CMP-NOT-RECORDED)."""
reads = ["parameter_value", "choice"]
limits = ["limit_parameter", "limit_choice"]
steps = ["noted_entry", "choice_text"]
skip_when_empty = ["noted_entry"]
covers = ["parameter:choice", "parameter:typed"]

[variants.not_a_choice]
sentence = "{title} is answered “{observed}”, which is not one of the answers that may be given ({expected})."
severity = {CQA = "critical", CPP = "major", KPP = "minor", none = "minor"}

[variants.not_accepted]
sentence = "{title} is answered “{observed}”; only {expected} needs no person."
severity = {CQA = "critical", CPP = "major", KPP = "minor", none = "minor"}

[variants.several]
sentence = "{title} takes one answer but has {observed}."
severity = {CQA = "critical", CPP = "major", KPP = "minor", none = "minor"}

[variants.spelling]
sentence = "{title} is answered “{observed}”, which the master batch record spells “{expected}”."
severity = "information"
---*/
WITH answers AS (
    SELECT p.lot, p.parameter, p.occurrence, p.text AS answer, p.position
    FROM noted_entry p
    JOIN limit_parameter l ON l.parameter = p.parameter
    WHERE p.status = 'recorded' AND p.text <> '' AND l.data_type IN ('choice', 'boolean', 'multiple_choice')
        AND NOT EXISTS (
            SELECT 1 FROM choice c
            WHERE c.lot = p.lot AND c.parameter = p.parameter AND c.occurrence = p.occurrence AND c.position = p.position
        )
    UNION ALL
    SELECT c.lot, c.parameter, c.occurrence, c.choice, c.position
    FROM choice c
    JOIN limit_parameter l ON l.parameter = c.parameter
    WHERE l.data_type IN ('choice', 'boolean', 'multiple_choice')
),
listed AS (
    SELECT
        parameter,
        COUNT(*) AS choices,
        SUM(CASE WHEN accepted THEN 1 ELSE 0 END) AS accepted
    FROM limit_choice
    GROUP BY parameter
),
named AS (
    SELECT
        k.parameter, k.choice, k.accepted,
        CASE
            WHEN l.data_type = 'boolean' AND LOWER(TRIM(k.choice)) = 'yes' THEN 'true'
            WHEN l.data_type = 'boolean' AND LOWER(TRIM(k.choice)) = 'no' THEN 'false'
            ELSE LOWER(TRIM(k.choice))
        END AS plain
    FROM limit_choice k
    JOIN limit_parameter l ON l.parameter = k.parameter
),
matched AS (
    SELECT
        a.lot, a.parameter, a.occurrence, a.answer, a.position,
        MAX(l.criticality) AS criticality,
        MAX(l.data_type) AS data_type,
        MAX(t.choices) AS choices,
        COUNT(n.choice) AS same,
        SUM(CASE WHEN n.accepted THEN 1 ELSE 0 END) AS accepted,
        SUM(CASE WHEN n.choice = a.answer THEN 1 ELSE 0 END) AS exactly,
        MIN(n.choice) AS spelled
    FROM answers a
    JOIN limit_parameter l ON l.parameter = a.parameter
    LEFT JOIN listed t ON t.parameter = a.parameter
    LEFT JOIN named n ON n.parameter = a.parameter AND n.plain = CASE
        WHEN l.data_type = 'boolean' AND LOWER(TRIM(a.answer)) = 'yes' THEN 'true'
        WHEN l.data_type = 'boolean' AND LOWER(TRIM(a.answer)) = 'no' THEN 'false'
        ELSE LOWER(TRIM(a.answer)) END
    GROUP BY a.lot, a.parameter, a.occurrence, a.answer, a.position
),
judged AS (
    SELECT
        *,
        CASE
            WHEN same = 0 THEN 'not_a_choice'
            WHEN accepted = 0 THEN 'not_accepted'
            WHEN exactly = 0 AND data_type <> 'boolean' THEN 'spelling'
        END AS variant
    FROM matched
    -- A truth value without a list of its own is judged by RNG-TYPE alone.
    WHERE choices IS NOT NULL OR data_type <> 'boolean'
)
SELECT
    j.lot, j.variant, j.parameter AS subject,
    CASE j.variant
        WHEN 'not_a_choice' THEN COALESCE(k.choices, 'none')
        WHEN 'not_accepted' THEN COALESCE(k.accepted, 'none')
        ELSE j.spelled
    END AS expected,
    j.answer AS observed,
    CASE WHEN j.occurrence > 1 THEN 'occurrence ' || CAST(j.occurrence AS VARCHAR) ELSE '' END AS detail,
    j.criticality, j.position, CAST(0 AS BIGINT) AS position_2
FROM judged j
LEFT JOIN choice_text k ON k.parameter = j.parameter
WHERE j.variant IS NOT NULL
UNION ALL
SELECT
    c.lot, 'several', c.parameter, 'one answer', CAST(COUNT(*) AS VARCHAR),
    CASE WHEN c.occurrence > 1 THEN 'occurrence ' || CAST(c.occurrence AS VARCHAR) ELSE '' END,
    MAX(l.criticality), c.position, CAST(0 AS BIGINT)
FROM choice c
JOIN limit_parameter l ON l.parameter = c.parameter
WHERE l.data_type <> 'multiple_choice'
GROUP BY c.lot, c.parameter, c.occurrence, c.position
HAVING COUNT(*) > 1
