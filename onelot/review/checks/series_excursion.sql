/*---
id = "TRD-EXCURSION"
title = "Excursions of a series: how long and how far"
kind = "TRD"
clause = "21 CFR 211.142, 211.188; EU GMP Annex 15; USP <1079>"
explains = """Finds each unbroken stay of a time series outside its action limits that lasted longer than the master batch record accepts
(`duration`), the total area outside them, in unit x minutes, over the whole series (`area`), and readings outside the alert
limits (`alert`, one finding a series).

**Convention.** Between two readings the series is taken to run straight. A stay begins and ends where that line crosses the limit;
its area is the sum of the trapezoids of the excess over time (triangles at both ends). Each device is followed by itself. Bad
and non-numeric readings are passed over, and nothing is interpolated across more than the longest accepted gap.

**Boundaries.** A reading on a limit is inside unless the limit is open. A duration equal to the accepted one is accepted; where none
is accepted (the default), a single reading outside is a finding. A stay that touches a gap, or the first or last reading, may
have been longer than what is known: it is always reported (`open_ended`), even if its known part would be accepted. The
area is compared with a relative tolerance of 1e-9.

**What it does not find.** What happened between two readings; missing readings (see TRD-SERIES)."""
reads = ["series_point"]
limits = ["limit_series"]
steps = ["series_stretch"]
applies_if = ["limit_series"]
skip_when_empty = ["series_stretch"]
covers = ["series"]

[variants.duration]
sentence = "{title} was outside its action limits {expected} for {detail}; the worst reading was {observed}."
severity = {CQA = "critical", CPP = "major", KPP = "major", none = "major"}

[variants.open_ended]
sentence = "{title} was outside its action limits {expected} for at least {detail}, where readings begin, end or are missing; the worst reading was {observed}."
severity = {CQA = "critical", CPP = "major", KPP = "major", none = "major"}

[variants.area]
sentence = "{title} was outside its action limits by {observed} in all, more than {expected} ({detail})."
severity = {CQA = "critical", CPP = "major", KPP = "major", none = "major"}

[variants.alert]
sentence = "{title} was outside its alert limits {expected} in {observed} ({detail})."
severity = "information"
---*/
SELECT
    s.lot,
    CASE WHEN s.open_ended = 1 AND l.max_duration_us > 0 AND s.outside_us <= l.max_duration_us THEN 'open_ended'
        ELSE 'duration' END AS variant,
    s.series AS subject,
    l.action_text AS expected,
    s.worst AS observed,
    CAST(s.outside_us // 60000000 AS VARCHAR) || ' min, ' || CAST(s.readings AS VARCHAR) || ' readings'
        || CASE WHEN s.device = '' THEN '' ELSE ', ' || s.device END AS detail,
    l.criticality, s.position, CASE WHEN s.last_position = s.position THEN 0 ELSE s.last_position END AS position_2
FROM series_stretch s
JOIN limit_series l ON l.series = s.series
WHERE s.side IN (2, -2) AND (l.max_duration_us = 0 OR s.outside_us > l.max_duration_us OR s.open_ended = 1)
UNION ALL
SELECT
    s.lot, 'area', s.series,
    CASE WHEN l.max_area >= 1e9 THEN 'the accepted area'
        ELSE CAST(CAST(FLOOR(l.max_area * 10 + 0.5) AS BIGINT) // 10 AS VARCHAR) || '.'
            || CAST(CAST(FLOOR(l.max_area * 10 + 0.5) AS BIGINT) % 10 AS VARCHAR) || ' ' || l.unit || ' x min' END,
    CASE WHEN SUM(s.area) >= 1e9 THEN 'more than 10^9'
        ELSE CAST(CAST(FLOOR(SUM(s.area) * 10 + 0.5) AS BIGINT) // 10 AS VARCHAR) || '.'
            || CAST(CAST(FLOOR(SUM(s.area) * 10 + 0.5) AS BIGINT) % 10 AS VARCHAR) END || ' ' || l.unit || ' x min',
    CAST(COUNT(*) AS VARCHAR) || CASE WHEN COUNT(*) = 1 THEN ' excursion' ELSE ' excursions' END, l.criticality,
    MIN(s.position), MAX(s.last_position)
FROM series_stretch s
JOIN limit_series l ON l.series = s.series
WHERE s.side IN (2, -2) AND l.max_area IS NOT NULL
GROUP BY s.lot, s.series, l.max_area, l.unit, l.criticality
HAVING SUM(s.area) > l.max_area + 1e-9 * l.max_area
UNION ALL
SELECT
    s.lot, 'alert', s.series, l.alert_text, CAST(SUM(s.readings) AS VARCHAR) || ' readings',
    'longest stay ' || CAST(MAX(s.outside_us) // 60000000 AS VARCHAR) || ' min', l.criticality, MIN(s.position),
    CASE WHEN MAX(s.last_position) = MIN(s.position) THEN 0 ELSE MAX(s.last_position) END
FROM series_stretch s
JOIN limit_series l ON l.series = s.series
WHERE s.side IN (1, -1)
GROUP BY s.lot, s.series, l.alert_text, l.unit, l.criticality
