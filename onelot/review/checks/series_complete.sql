/*---
id = "TRD-SERIES"
title = "Series recorded without gaps, by a sensor that works"
kind = "TRD"
clause = "21 CFR 211.68(b), 211.188; EU GMP Annex 11, 5"
explains = """For each series of the master batch record: it must be there (`missing`), in a unit that converts (`unit`), without more time between
two usable readings than accepted (`gap`), without readings that its device calls bad (`bad_quality`) or that are no numbers
(`not_a_number`), and alive. Readings called uncertain are used and mentioned (`uncertain_quality`).

**Flat line.** A run of at least 30 equal readings is reported if all readings of the device are equal, or if so long a run would happen less
than once in a thousand such series, given how often neighbouring readings differ outside the run.

**Boundaries.** A gap exactly as long as accepted is accepted; each longer one is a finding. For gaps, all devices of a series count
together. Times, not the order in the file, decide which readings are neighbours.

**What it does not find.** Whether the series began and ended when it should: a clock between points of the record says how long a
shipment or incubation took. A sensor that drifts."""
reads = ["series_point"]
limits = ["limit_series"]
steps = ["lot_head", "unit_conversion"]
only_if_any = ["series_point", "limit_series"]
applies_if = ["limit_series"]

[variants.missing]
sentence = "No reading of {title} is recorded."
severity = {CQA = "critical", CPP = "major", KPP = "major", none = "minor"}

[variants.unit]
sentence = "{title} is recorded in {observed}, which does not convert to {expected}."
severity = {CQA = "critical", CPP = "major", KPP = "major", none = "major"}

[variants.gap]
sentence = "{title} has no usable reading for {observed}; accepted are {expected} ({detail})."
severity = {CQA = "major", CPP = "major", KPP = "minor", none = "minor"}

[variants.bad_quality]
sentence = "{title}: the device calls {observed} bad ({detail})."
severity = {CQA = "major", CPP = "major", KPP = "minor", none = "minor"}

[variants.uncertain_quality]
sentence = "{title}: the device calls {observed} uncertain ({detail})."
severity = "information"

[variants.not_a_number]
sentence = "{title}: {observed} hold no number, the first one “{detail}”."
severity = {CQA = "major", CPP = "major", KPP = "minor", none = "minor"}

[variants.flat]
sentence = "{title}: {observed} in a row are all equal; the sensor may be dead ({detail})."
severity = "minor"

[variants.not_foreseen]
sentence = "Series {subject} is recorded ({observed}), but the master batch record does not know it."
severity = "minor"
---*/
WITH point AS (
    SELECT
        s.lot, s.series, s.device, s.at_us, s.text, s.unit, s.quality, s.position, s.value,
        l.max_gap_us, l.unit AS limit_unit, l.criticality,
        CASE WHEN l.series IS NULL THEN 0 ELSE 1 END AS known,
        CASE WHEN s.unit = l.unit OR u.factor IS NOT NULL THEN 1 ELSE 0 END AS convertible,
        CASE WHEN s.quality <> 'bad' AND s.value IS NOT NULL AND (s.unit = l.unit OR u.factor IS NOT NULL) THEN 1 ELSE 0 END
            AS usable
    FROM series_point s
    LEFT JOIN limit_series l ON l.series = s.series
    LEFT JOIN unit_conversion u ON u.source = s.unit AND u.target = l.unit
),
counted AS (
    SELECT
        lot, series, known, MIN(position) AS position, COUNT(*) AS readings, MAX(limit_unit) AS limit_unit,
        COALESCE(MAX(criticality), 'none') AS criticality,
        SUM(1 - convertible) AS unconvertible, MIN(CASE WHEN convertible = 0 THEN unit END) AS other_unit,
        MIN(CASE WHEN convertible = 0 THEN position END) AS unit_position,
        SUM(CASE WHEN quality = 'bad' THEN 1 ELSE 0 END) AS bad,
        MIN(CASE WHEN quality = 'bad' THEN position END) AS bad_position,
        SUM(CASE WHEN quality = 'uncertain' THEN 1 ELSE 0 END) AS uncertain,
        MIN(CASE WHEN quality = 'uncertain' THEN position END) AS uncertain_position,
        SUM(CASE WHEN quality <> 'bad' AND value IS NULL THEN 1 ELSE 0 END) AS worded,
        MIN(CASE WHEN quality <> 'bad' AND value IS NULL THEN text END) AS word,
        MIN(CASE WHEN quality <> 'bad' AND value IS NULL THEN position END) AS word_position
    FROM point
    GROUP BY lot, series, known
),
spaced AS (
    SELECT
        lot, series, device, at_us, text, position, max_gap_us, criticality,
        at_us - LAG(at_us) OVER (PARTITION BY lot, series ORDER BY at_us, position, text) AS gap_us,
        LAG(position) OVER (PARTITION BY lot, series ORDER BY at_us, position, text) AS position_before,
        CASE WHEN text = LAG(text) OVER (PARTITION BY lot, series, device ORDER BY at_us, position, text)
            THEN 0 ELSE 1 END AS changed
    FROM point
    WHERE usable = 1
),
level AS (
    SELECT
        *,
        SUM(changed) OVER (
            PARTITION BY lot, series, device ORDER BY at_us, position, text
            ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW
        ) AS level
    FROM spaced
),
plateau AS (
    SELECT lot, series, device, level, text, COUNT(*) AS readings, MIN(position) AS position, MAX(position) AS last_position
    FROM level
    GROUP BY lot, series, device, level, text
),
compared AS (
    SELECT
        *,
        SUM(readings) OVER (PARTITION BY lot, series, device) AS all_readings,
        COUNT(*) OVER (PARTITION BY lot, series, device) - 1 AS changes,
        ROW_NUMBER() OVER (PARTITION BY lot, series, device ORDER BY readings DESC, level) AS place_in_line
    FROM plateau
)
SELECT
    h.lot, 'missing' AS variant, l.series AS subject, 'readings' AS expected, 'none' AS observed, '' AS detail,
    l.criticality, h.position, CAST(0 AS BIGINT) AS position_2
FROM lot_head h
CROSS JOIN limit_series l
LEFT JOIN counted c ON c.lot = h.lot AND c.series = l.series
WHERE l.required AND c.lot IS NULL
UNION ALL
SELECT
    lot, 'unit', series, limit_unit, CASE WHEN other_unit = '' THEN 'no unit' ELSE other_unit END,
    CAST(unconvertible AS VARCHAR) || ' readings', criticality, unit_position, 0
FROM counted WHERE known = 1 AND unconvertible > 0
UNION ALL
SELECT
    lot, 'bad_quality', series, 'good readings', CAST(bad AS VARCHAR) || CASE WHEN bad = 1 THEN ' reading' ELSE ' readings' END,
    'of ' || CAST(readings AS VARCHAR), criticality, bad_position, 0
FROM counted WHERE known = 1 AND bad > 0
UNION ALL
SELECT
    lot, 'uncertain_quality', series, 'good readings',
    CAST(uncertain AS VARCHAR) || CASE WHEN uncertain = 1 THEN ' reading' ELSE ' readings' END,
    'of ' || CAST(readings AS VARCHAR), criticality, uncertain_position, 0
FROM counted WHERE known = 1 AND uncertain > 0
UNION ALL
SELECT
    lot, 'not_a_number', series, 'numbers', CAST(worded AS VARCHAR) || CASE WHEN worded = 1 THEN ' reading' ELSE ' readings' END,
    word, criticality, word_position, 0
FROM counted WHERE known = 1 AND worded > 0
UNION ALL
SELECT
    lot, 'not_foreseen', series, 'a series of the master batch record', CAST(readings AS VARCHAR) || ' readings', '', criticality,
    position, 0
FROM counted WHERE known = 0
UNION ALL
SELECT
    lot, 'gap', series, CAST(max_gap_us // 60000000 AS VARCHAR) || ' min', CAST(gap_us // 60000000 AS VARCHAR) || ' min',
    CASE WHEN device = '' THEN '' ELSE 'until a reading of ' || device END, criticality, position,
    CASE WHEN position_before = position THEN 0 ELSE position_before END
FROM spaced
WHERE gap_us > max_gap_us
UNION ALL
SELECT
    c.lot, 'flat', c.series, 'readings that vary', CAST(c.readings AS VARCHAR) || ' readings of ' || c.text,
    'of ' || CAST(c.all_readings AS VARCHAR) || CASE WHEN c.device = '' THEN '' ELSE ', ' || c.device END, l.criticality,
    c.position, CASE WHEN c.last_position = c.position THEN 0 ELSE c.last_position END
FROM compared c
JOIN limit_series l ON l.series = c.series
WHERE c.place_in_line = 1 AND c.readings >= 30 AND (
    c.changes = 0
    OR c.all_readings * POWER(1 - c.changes / CAST(c.all_readings - c.readings AS DOUBLE), c.readings - 1) < 0.001
)
