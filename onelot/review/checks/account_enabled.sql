/*---
id = "AUD-ACCOUNT"
title = "Entries by disabled or unknown accounts"
kind = "AUD"
clause = "21 CFR 11.10(d), 11.10(g); EU GMP Annex 11, 12"
explains = """Asks for everyone who performed, verified, changed or commented an entry, acknowledged an alarm, tested or
reviewed a result, or handed something over whether the account of that person was enabled at that time. What one person
did under one such state is one finding, with the number of entries and the first of them as evidence.

**Boundaries.** An account is disabled from the instant of the change on, and enabled from the instant of that change on. The
time of entry counts; where it is not recorded, the time of the act. An entry without any time by a person whose account was
ever disabled cannot be judged, which is reported (`time_unknown`).

**What it does not find.** Somebody who used another person's account. Couriers and contract laboratories may have no
account: hand-overs and results are judged only for people whose account is on file."""
reads = ["phase_performed", "parameter_value", "material_used", "identifier_read", "labels_reconciled",
    "entry_changed", "comment", "alarm", "result", "handed_over", "account_change"]
limits = ["limit_mbr"]
steps = ["account_gap"]

[[needs]]
table = "account_change"
when = "limit_mbr"
why = "no account of any person is among the records"

[variants.disabled]
sentence = "{subject} made {observed} while the account was disabled."
severity = "critical"

[variants.not_yet]
sentence = "{subject} made {observed} before the account was enabled for the first time."
severity = "critical"

[variants.unknown]
sentence = "{subject} made {observed}, but no account of that name is on file."
severity = "major"

[variants.time_unknown]
sentence = "{subject}, whose account was disabled at times, made {observed} at an unknown time."
severity = "major"
---*/
WITH act AS (
    SELECT lot, performed_by AS person, COALESCE(entered_us, performed_us) AS at_us, position, 1 AS listed
    FROM parameter_value
    UNION ALL
    SELECT lot, verified_by, COALESCE(verified_us, entered_us, performed_us), position, 1
    FROM parameter_value WHERE verification <> 'machine' AND verified_by <> ''
    UNION ALL
    SELECT lot, performed_by, COALESCE(entered_us, ended_us, started_us), position, 1 FROM phase_performed
    UNION ALL
    SELECT lot, verified_by, COALESCE(verified_us, entered_us, ended_us, started_us), position, 1
    FROM phase_performed WHERE verification <> 'machine'
    UNION ALL
    SELECT lot, performed_by, COALESCE(entered_us, used_us), position, 1 FROM material_used
    UNION ALL
    SELECT lot, verified_by, COALESCE(verified_us, entered_us, used_us), position, 1
    FROM material_used WHERE verification <> 'machine'
    UNION ALL
    SELECT lot, performed_by, COALESCE(entered_us, read_us), position, 1 FROM identifier_read
    UNION ALL
    SELECT lot, verified_by, COALESCE(verified_us, entered_us, read_us), position, 1
    FROM identifier_read WHERE verification <> 'machine'
    UNION ALL
    SELECT lot, performed_by, reconciled_us, position, 1 FROM labels_reconciled
    UNION ALL
    SELECT lot, verified_by, COALESCE(verified_us, reconciled_us), position, 1
    FROM labels_reconciled WHERE verification <> 'machine'
    UNION ALL
    SELECT lot, changed_by, changed_us, position, 1 FROM entry_changed WHERE origin = 'source'
    UNION ALL
    SELECT lot, written_by, written_us, position, 1 FROM comment
    UNION ALL
    SELECT lot, acknowledged_by, acknowledged_us, position, 1 FROM alarm
    UNION ALL
    SELECT lot, analyst, COALESCE(tested_us, reported_us), position, 0 FROM result
    UNION ALL
    SELECT lot, reviewed_by, COALESCE(reviewed_us, reported_us), position, 0 FROM result
    UNION ALL
    SELECT lot, released_by, released_us, position, 0 FROM handed_over
    UNION ALL
    SELECT lot, received_by, received_us, position, 0 FROM handed_over
),
account AS (
    SELECT person, MAX(position) AS position, MIN(change) AS worst
    FROM account_change
    WHERE changed_us IS NOT NULL
    GROUP BY person
),
lapse AS (
    SELECT a.lot, a.person, g.state, a.position, g.position AS account_position
    FROM act a
    JOIN account_gap g ON g.person = a.person AND g.from_us <= a.at_us AND g.until_us > a.at_us
    UNION ALL
    SELECT
        a.lot, a.person, CASE WHEN c.person IS NULL THEN 'unknown' ELSE 'time_unknown' END, a.position,
        COALESCE(c.position, 0)
    FROM act a
    LEFT JOIN account c ON c.person = a.person
    WHERE a.person <> '' AND (
        (c.person IS NULL AND a.listed = 1) OR (c.person IS NOT NULL AND a.at_us IS NULL AND c.worst = 'disabled')
    )
)
SELECT
    lot,
    state AS variant,
    person AS subject,
    'an enabled account' AS expected,
    CAST(COUNT(DISTINCT position) AS VARCHAR)
        || CASE WHEN COUNT(DISTINCT position) = 1 THEN ' entry' ELSE ' entries' END AS observed,
    '' AS detail,
    'none' AS criticality,
    MIN(position) AS position,
    MAX(account_position) AS position_2
FROM lapse
GROUP BY lot, person, state
