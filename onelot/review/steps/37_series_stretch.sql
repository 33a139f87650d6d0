/*---
name = "series_stretch"
why = """Each unbroken stay of a series outside its alert or action limits. side is 2 above and -2 below the action limits,
1 and -1 outside the alert limits only. Between two readings the series is taken to run straight (linear interpolation), so a
stay begins and ends where that line crosses the limit; outside_us is its duration in microseconds, area the
trapezoids of the excess over time (unit x minutes). Bad and non-numeric readings are left out; across more time than the
longest accepted gap nothing is interpolated. open_ended says that the stay touches such a gap, or the first or last reading,
so that it may have been longer."""
reads = ["series_point"]
limits = ["limit_series"]
steps = ["unit_conversion"]
skip_when_empty = ["series_point"]
---*/
WITH point AS (
    SELECT
        s.lot, s.series, s.device, s.at_us, s.text, s.unit, s.position, l.max_gap_us,
        l.action_low, l.action_high, l.alert_low, l.alert_high,
        l.action_low_open, l.action_high_open, l.alert_low_open, l.alert_high_open,
        CASE WHEN s.unit = l.unit THEN s.value ELSE s.value * u.factor + u.shift END AS number,
        CASE WHEN s.unit = l.unit THEN 0 ELSE 1e-9 * ABS(s.value * u.factor + u.shift) END AS slack
    FROM series_point s
    JOIN limit_series l ON l.series = s.series
    LEFT JOIN unit_conversion u ON u.source = s.unit AND u.target = l.unit
    WHERE s.quality <> 'bad' AND s.value IS NOT NULL AND (s.unit = l.unit OR u.factor IS NOT NULL)
),
sided AS (
    SELECT
        lot, series, device, at_us, text, unit, position, max_gap_us, number,
        CASE
            WHEN number > action_high + slack OR (action_high_open AND number >= action_high - slack) THEN 2
            WHEN number < action_low - slack OR (action_low_open AND number <= action_low + slack) THEN -2
            WHEN number > alert_high + slack OR (alert_high_open AND number >= alert_high - slack) THEN 1
            WHEN number < alert_low - slack OR (alert_low_open AND number <= alert_low + slack) THEN -1
            ELSE 0
        END AS side,
        action_low, action_high, alert_low, alert_high
    FROM point
),
neighbour AS (
    SELECT
        *,
        LAG(side) OVER (PARTITION BY lot, series, device ORDER BY at_us, position, text) AS side_before,
        LAG(number) OVER (PARTITION BY lot, series, device ORDER BY at_us, position, text) AS number_before,
        at_us - LAG(at_us) OVER (PARTITION BY lot, series, device ORDER BY at_us, position, text) AS before_us,
        LEAD(side) OVER (PARTITION BY lot, series, device ORDER BY at_us, position, text) AS side_after,
        LEAD(number) OVER (PARTITION BY lot, series, device ORDER BY at_us, position, text) AS number_after,
        LEAD(at_us) OVER (PARTITION BY lot, series, device ORDER BY at_us, position, text) - at_us AS after_us
    FROM sided
),
outside AS (
    SELECT
        lot, series, device, at_us, text, unit, position, side, number_before, number_after, before_us, after_us,
        ABS(number - CASE side WHEN 2 THEN action_high WHEN -2 THEN action_low WHEN 1 THEN alert_high ELSE alert_low END)
            AS excess,
        ABS(number_before - CASE side WHEN 2 THEN action_high WHEN -2 THEN action_low WHEN 1 THEN alert_high
            ELSE alert_low END) AS excess_before,
        ABS(number - number_before) AS rise, ABS(number - number_after) AS fall,
        CASE WHEN before_us IS NULL OR before_us > max_gap_us THEN 'open' WHEN side_before = side THEN 'same'
            ELSE 'crossed' END AS entry,
        CASE WHEN after_us IS NULL OR after_us > max_gap_us THEN 'open' WHEN side_after = side THEN 'same'
            ELSE 'crossed' END AS leave
    FROM neighbour
    WHERE side <> 0
),
measured AS (
    SELECT
        *,
        SUM(CASE WHEN entry = 'same' THEN 0 ELSE 1 END) OVER (
            PARTITION BY lot, series, device ORDER BY at_us, position, text
            ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW
        ) AS stretch,
        CASE entry WHEN 'same' THEN CAST(before_us AS DOUBLE)
            WHEN 'crossed' THEN CASE WHEN rise > 0 THEN before_us * LEAST(excess / rise, 1) ELSE 0 END ELSE 0 END AS in_us,
        CASE leave WHEN 'crossed' THEN CASE WHEN fall > 0 THEN after_us * LEAST(excess / fall, 1) ELSE 0 END ELSE 0 END
            AS out_us
    FROM outside
),
peaked AS (
    SELECT *, MAX(excess) OVER (PARTITION BY lot, series, device, stretch) AS peak FROM measured
)
SELECT
    lot, series, device, side, stretch, COUNT(*) AS readings, MIN(at_us) AS first_us, MAX(at_us) AS last_us,
    MIN(CASE WHEN excess = peak THEN text || ' ' || unit END) AS worst,
    CAST(FLOOR(SUM(in_us + out_us) + 0.5) AS BIGINT) AS outside_us,
    SUM(
        in_us * (excess + CASE WHEN entry = 'same' THEN excess_before ELSE 0 END) / 2 + out_us * excess / 2
    ) / 60000000 AS area,
    MAX(CASE WHEN entry = 'open' OR leave = 'open' THEN 1 ELSE 0 END) AS open_ended,
    MIN(position) AS position, MAX(position) AS last_position
FROM peaked
GROUP BY lot, series, device, side, stretch
