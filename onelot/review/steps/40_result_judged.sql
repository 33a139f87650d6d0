/*---
name = "result_judged"
why = """Each reported result of a lot against each criterion of the lot's intended market that applies to it, with what it means
(outcome): pass, outside, text, unit, not_a_number, blank, undecidable, pending, negative_to_date, invalidated or, where the market has
a criterion and there is no result, absent. within says whether the reported value meets the criterion, whatever its status;
standing marks the last result of each sample that was not invalidated. A criterion with weight bands applies by the band of
the patient's weight; if that is unknown, the outcome is weight."""
reads = ["lot", "result", "result_choice", "parameter_value"]
limits = ["limit_criterion", "limit_criterion_text"]
steps = ["process_value", "unit_conversion"]
only_if = """EXISTS (SELECT 1 FROM result_choice) OR EXISTS (
    SELECT 1 FROM lot h
    JOIN limit_criterion c ON c.market = h.intended_market
    LEFT JOIN result r ON r.lot = h.lot AND r.test = c.test
    LEFT JOIN limit_criterion_text t
        ON t.market = c.market AND t.criterion = c.criterion AND t.alternative = c.alternative
        AND t.accepted = LOWER(TRIM(r.text))
    WHERE NOT COALESCE(
        c.accepts_final AND c.weight_parameter = '' AND r.status = 'final' AND CASE c.rule
            WHEN 'text' THEN t.accepted IS NOT NULL
            ELSE r.unit = c.unit AND r.censor = '' AND r.value IS NOT NULL
                AND (c.limit_low IS NULL OR r.value > c.limit_low)
                AND (c.limit_high IS NULL OR r.value < c.limit_high)
        END,
        FALSE
    )
)"""
---*/
WITH market AS (
    SELECT DISTINCT lot, intended_market FROM lot WHERE intended_market <> ''
),
weight AS (
    SELECT p.lot, p.parameter, p.position, CASE WHEN p.limit_unit = 'kg' THEN p.number ELSE p.number * u.factor END AS kg
    FROM process_value p
    LEFT JOIN unit_conversion u ON u.source = p.limit_unit AND u.target = 'kg'
),
criterion AS (
    SELECT
        m.lot, c.*,
        CASE WHEN c.weight_parameter = '' THEN 1
            WHEN w.kg > c.weight_above + 1e-9 * w.kg
                AND (c.weight_up_to IS NULL OR w.kg <= c.weight_up_to + 1e-9 * w.kg) THEN 1
            ELSE 0 END AS applies
    FROM market m
    JOIN limit_criterion c ON c.market = m.intended_market
    LEFT JOIN weight w ON w.lot = m.lot AND w.parameter = c.weight_parameter
),
banded AS (
    SELECT
        *,
        SUM(applies) OVER (PARTITION BY lot, market, criterion, alternative) AS bands,
        ROW_NUMBER() OVER (PARTITION BY lot, market, criterion, alternative ORDER BY applies DESC, weight_above) AS band
    FROM criterion
),
chosen AS (
    SELECT lot, position, COUNT(*) AS answers
    FROM result_choice
    GROUP BY lot, position
),
accepted_choice AS (
    SELECT c.lot, c.position, t.market, t.criterion, t.alternative, COUNT(*) AS answers
    FROM result_choice c
    JOIN limit_criterion_text t ON t.accepted = LOWER(TRIM(c.choice))
    GROUP BY c.lot, c.position, t.market, t.criterion, t.alternative
),
compared AS (
    SELECT
        b.lot, b.market, b.criterion, b.alternative, b.test, b.rule, b.unit AS limit_unit, b.criticality, b.clause,
        b.bands, b.limit_text, b.limit_low, b.limit_high, b.limit_low_open, b.limit_high_open, b.accepts_final,
        b.accepts_negative_to_date, b.accepts_pending, b.weight_parameter,
        r.sample, r.occurrence, r.status, r.text, r.unit, r.censor, r.reason, r.position,
        CASE WHEN r.unit = b.unit OR (r.unit = '' AND b.unit = '1') THEN r.value ELSE r.value * u.factor + u.shift END AS number,
        CASE WHEN r.unit = b.unit OR (r.unit = '' AND b.unit = '1') OR u.factor IS NOT NULL THEN 1 ELSE 0 END AS convertible,
        CASE WHEN r.unit = b.unit OR (r.unit = '' AND b.unit = '1') THEN 0
            ELSE 1e-9 * ABS(r.value * u.factor + u.shift) END AS slack,
        r.value,
        COALESCE(h.answers, 0) AS answers,
        CASE WHEN COALESCE(h.answers, 0) > 0 THEN COALESCE(a.answers, 0) = h.answers ELSE t.accepted IS NOT NULL END AS accepted
    FROM banded b
    LEFT JOIN result r ON r.lot = b.lot AND r.test = b.test
    LEFT JOIN unit_conversion u ON u.source = r.unit AND u.target = b.unit
    LEFT JOIN chosen h ON h.lot = r.lot AND h.position = r.position
    LEFT JOIN accepted_choice a
        ON a.lot = r.lot AND a.position = r.position AND a.market = b.market AND a.criterion = b.criterion
        AND a.alternative = b.alternative
    LEFT JOIN limit_criterion_text t
        ON t.market = b.market AND t.criterion = b.criterion AND t.alternative = b.alternative
        AND t.accepted = LOWER(TRIM(r.text))
    WHERE b.applies = 1 OR (b.bands = 0 AND b.band = 1)
),
ends AS (
    SELECT
        *,
        COALESCE(number < limit_low - slack OR (limit_low_open AND number <= limit_low + slack), FALSE) AS below,
        COALESCE(number > limit_high + slack OR (limit_high_open AND number >= limit_high - slack), FALSE) AS above,
        COALESCE(number <= limit_low + slack AND (limit_low_open OR censor = '<' OR number < limit_low - slack), FALSE)
            AS all_below,
        COALESCE(number >= limit_high - slack AND (limit_high_open OR censor = '>' OR number > limit_high + slack), FALSE)
            AS all_above,
        COALESCE(number > limit_high + slack OR (limit_high_open AND censor = '<=' AND number >= limit_high - slack), FALSE)
            AS reaches_above,
        COALESCE(number < limit_low - slack OR (limit_low_open AND censor = '>=' AND number <= limit_low + slack), FALSE)
            AS reaches_below
    FROM compared
),
valued AS (
    SELECT
        *,
        CASE
            WHEN bands = 0 THEN 'weight'
            WHEN text = '' AND answers = 0 THEN 'blank'
            WHEN rule = 'text' THEN CASE WHEN accepted THEN 'pass' ELSE 'text' END
            WHEN value IS NULL THEN 'not_a_number'
            WHEN convertible = 0 THEN 'unit'
            WHEN censor = '' THEN CASE WHEN below OR above THEN 'outside' ELSE 'pass' END
            WHEN censor IN ('<', '<=') THEN
                CASE WHEN all_below THEN 'outside' WHEN limit_low IS NULL AND NOT reaches_above THEN 'pass' ELSE 'undecidable' END
            ELSE
                CASE WHEN all_above THEN 'outside' WHEN limit_high IS NULL AND NOT reaches_below THEN 'pass' ELSE 'undecidable' END
        END AS value_outcome
    FROM ends
)
SELECT
    lot, market, criterion, alternative, test, rule, limit_text, limit_unit, criticality, clause, weight_parameter,
    COALESCE(sample, '') AS sample, COALESCE(occurrence, 0) AS occurrence, COALESCE(status, '') AS status,
    COALESCE(text, '') AS text, COALESCE(unit, '') AS unit, COALESCE(reason, '') AS reason,
    COALESCE(position, 0) AS position,
    value_outcome AS within,
    CASE
        WHEN position IS NULL THEN 'absent'
        WHEN bands = 0 THEN 'weight'
        WHEN status = 'invalidated' THEN 'invalidated'
        WHEN status = 'pending' THEN CASE WHEN accepts_pending THEN 'pass' ELSE 'pending' END
        WHEN status = 'negative_to_date' THEN
            CASE
                WHEN NOT accepts_negative_to_date THEN 'negative_to_date'
                WHEN value_outcome IN ('pass', 'blank') OR LOWER(TRIM(text)) IN (
                    'negative to date', 'no growth to date', 'negative', 'no growth'
                ) THEN 'pass'
                ELSE value_outcome
            END
        WHEN NOT accepts_final THEN 'final_not_foreseen'
        ELSE value_outcome
    END AS outcome,
    CASE WHEN position IS NULL OR status = 'invalidated' THEN 0 ELSE ROW_NUMBER() OVER (
        PARTITION BY lot, market, criterion, alternative, sample, CASE WHEN status = 'invalidated' THEN 1 ELSE 0 END
        ORDER BY occurrence DESC, position DESC
    ) END AS standing
FROM valued
