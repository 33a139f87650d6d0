/*---
id = "SPC-RESULT"
title = "Results against the specification of the intended market"
kind = "SPC"
clause = "21 CFR 211.165(a), 211.188(b)(9); EU GMP 6.15 (Part I, Chapter 6)"
explains = """Judges every criterion of the lot's intended market: a range, a range by the patient's weight, accepted answers, or a disjunction in
which one of several named results suffices.

**Which result counts.** The last occurrence of each sample that was not invalidated. Each sample must meet the criterion by itself: a
second sample does not hide the first. (A repeat that turned a failure into a pass is reported by SPC-REPEAT.) Pending, negative to
date, invalidated and absent are never read as a pass, unless the criterion says that it accepts that state.

**Boundaries.** An end belongs to the range unless the specification says it is open; numbers are compared as recorded, after
conversion of units with a relative tolerance of 1e-9. A weight band holds above its lower end, up to and with its upper end. Answers
are compared without case and outer spaces; of several answers each must be accepted. A censored number passes only if every
value it may stand for lies inside; where some would not, the finding says so (`undecidable`). Where no alternative of a
disjunction passes, one finding names the one that comes nearest to a verdict.

**What it does not find.** Faults in how the test was run or reported (see SPC-REPEAT and SPC-REPORT)."""
reads = ["lot", "result", "result_choice", "parameter_value"]
limits = ["limit_criterion", "limit_criterion_text"]
steps = ["lot_head", "result_judged"]
only_if = """EXISTS (SELECT 1 FROM result_judged WHERE outcome <> 'pass')
    OR EXISTS (SELECT 1 FROM lot WHERE intended_market NOT IN (SELECT market FROM limit_criterion))"""
applies_if = ["limit_criterion"]
covers = ["test"]

[variants.no_criteria]
sentence = "The specification holds no criteria for the intended market {observed}, so no result can be judged."
severity = "critical"

[variants.outside]
sentence = "{title} is {observed}, outside {expected} ({detail})."
severity = {CQA = "critical", CPP = "critical", KPP = "major", none = "major"}

[variants.text]
sentence = "{title} is {observed}; accepted is {expected} ({detail})."
severity = {CQA = "critical", CPP = "critical", KPP = "major", none = "major"}

[variants.blank]
sentence = "{title} is reported without a result; expected was {expected} ({detail})."
severity = {CQA = "critical", CPP = "critical", KPP = "major", none = "major"}

[variants.not_a_number]
sentence = "{title} is reported as {observed}, which is not a number to compare with {expected} ({detail})."
severity = {CQA = "critical", CPP = "critical", KPP = "major", none = "major"}

[variants.unit]
sentence = "{title} is reported as {observed}, which does not convert to the unit of {expected} ({detail})."
severity = {CQA = "critical", CPP = "critical", KPP = "major", none = "major"}

[variants.undecidable]
sentence = "{title} is reported as {observed}; with this sign nobody can tell whether it lies within {expected} ({detail})."
severity = {CQA = "critical", CPP = "critical", KPP = "major", none = "major"}

[variants.pending]
sentence = "The result of {title} is still pending; expected is {expected} ({detail})."
severity = {CQA = "critical", CPP = "critical", KPP = "major", none = "major"}

[variants.negative_to_date]
sentence = "{title} is only negative to date, and this market wants the final result {expected} ({detail})."
severity = {CQA = "critical", CPP = "critical", KPP = "major", none = "major"}

[variants.final_not_foreseen]
sentence = "{title} is final ({observed}), a state that the criterion does not accept ({detail})."
severity = "major"

[variants.invalidated]
sentence = "Every result of {title} was invalidated; expected is {expected} ({detail})."
severity = {CQA = "critical", CPP = "critical", KPP = "major", none = "major"}

[variants.absent]
sentence = "There is no result of {title}; expected is {expected} ({detail})."
severity = {CQA = "critical", CPP = "critical", KPP = "major", none = "major"}

[variants.weight]
sentence = "{title} cannot be judged: the patient's weight ({expected}) is missing or in no weight band ({detail})."
severity = {CQA = "critical", CPP = "critical", KPP = "major", none = "major"}
---*/
WITH alternative AS (
    SELECT
        lot, market, criterion, alternative, test,
        MAX(CASE WHEN standing = 1 AND outcome = 'pass' THEN 1 ELSE 0 END) AS some_pass,
        MAX(CASE WHEN standing = 1 AND outcome <> 'pass' THEN 1 ELSE 0 END) AS some_fail
    FROM result_judged
    GROUP BY lot, market, criterion, alternative, test
),
failed AS (
    SELECT lot, market, criterion, COUNT(*) AS alternatives
    FROM alternative
    GROUP BY lot, market, criterion
    HAVING MAX(CASE WHEN some_pass = 1 AND some_fail = 0 THEN 1 ELSE 0 END) = 0
),
ranked AS (
    SELECT
        j.*, f.alternatives,
        ROW_NUMBER() OVER (
            PARTITION BY j.lot, j.market, j.criterion
            ORDER BY
                CASE j.outcome
                    WHEN 'outside' THEN 1 WHEN 'text' THEN 2 WHEN 'unit' THEN 3 WHEN 'not_a_number' THEN 4 WHEN 'undecidable' THEN 5
                    WHEN 'weight' THEN 6 WHEN 'blank' THEN 7 WHEN 'final_not_foreseen' THEN 8 WHEN 'negative_to_date' THEN 9
                    WHEN 'pending' THEN 10 WHEN 'invalidated' THEN 11 ELSE 12
                END,
                j.alternative, j.sample, j.position
        ) AS place_in_line
    FROM result_judged j
    JOIN failed f ON f.lot = j.lot AND f.market = j.market AND f.criterion = j.criterion
    WHERE j.outcome <> 'pass' AND (j.standing = 1 OR j.outcome IN ('absent', 'invalidated'))
),
accepted AS (
    SELECT market, criterion, alternative, MIN(accepted) AS first_text, COUNT(*) AS texts
    FROM limit_criterion_text
    GROUP BY market, criterion, alternative
)
SELECT
    r.lot, r.outcome AS variant,
    CASE WHEN r.alternatives > 1 THEN r.criterion ELSE r.test END AS subject,
    CASE
        WHEN r.outcome = 'weight' THEN r.weight_parameter
        WHEN r.rule = 'text' THEN '“' || COALESCE(a.first_text, '') || '”'
            || CASE WHEN a.texts > 1 THEN ' or ' || CAST(a.texts - 1 AS VARCHAR) || ' more' ELSE '' END
        ELSE r.limit_text
    END AS expected,
    CASE
        WHEN r.position = 0 THEN 'no result'
        WHEN r.text = '' THEN REPLACE(r.status, '_', ' ')
        ELSE TRIM(r.text || ' ' || r.unit)
    END AS observed,
    'criterion ' || r.criterion || ', market ' || r.market
        || CASE WHEN r.alternatives > 1 THEN ', no alternative passes, nearest is ' || r.test ELSE '' END
        || CASE WHEN r.sample = '' THEN '' ELSE ', sample ' || r.sample END AS detail,
    r.criticality,
    CASE WHEN r.position = 0 THEN h.position ELSE r.position END AS position,
    CAST(0 AS BIGINT) AS position_2
FROM ranked r
JOIN lot_head h ON h.lot = r.lot
LEFT JOIN accepted a ON a.market = r.market AND a.criterion = r.criterion AND a.alternative = r.alternative
WHERE r.place_in_line = 1
UNION ALL
SELECT
    l.lot, 'no_criteria', l.lot, 'a market of the specification',
    CASE WHEN l.intended_market = '' THEN '(not recorded)' ELSE l.intended_market END, '', 'CQA', MIN(l.position), 0
FROM lot l
LEFT JOIN (SELECT DISTINCT market FROM limit_criterion) c ON c.market = l.intended_market
WHERE c.market IS NULL
GROUP BY l.lot, l.intended_market
