/*---
id = "CUS-CHAIN"
title = "Chain of custody without gap and overlap"
kind = "CUS"
clause = "ISO 21973; 21 CFR 1271.265, 1271.290(b); EU GMP Part IV, 6.24"
explains = """Follows each container through the hand-overs of each leg, in the order of their release: whoever hands over must be
who received before, not before having received; what was released must have been received, not before it was released; and
all containers of a leg must end with the same party. Every required leg must be in the record.

**Boundaries.** A hand-over at the very instant of the one before is in order. Parties are compared as recorded. Where the record
states a condition other than intact, good, ok, acceptable or as expected, a person must read it.

**What it does not find.** How long a hand-over may take: clocks between `custody:` points say that. Hand-overs that all documents
leave out while parties still agree."""
reads = ["handed_over"]
limits = ["limit_custody"]
steps = ["lot_head"]
only_if_any = ["handed_over", "limit_custody"]
covers = ["custody"]

[variants.leg_missing]
sentence = "No hand-over of leg {title} is recorded."
severity = "critical"

[variants.never_received]
sentence = "On leg {title} {observed} was released, but never received ({detail})."
severity = "critical"

[variants.received_before_released]
sentence = "On leg {title} {observed} was received before it was released ({detail})."
severity = "major"

[variants.gap]
sentence = "On leg {title} custody has a gap: received by {expected}, handed on by {observed} ({detail})."
severity = "critical"

[variants.overlap]
sentence = "On leg {title} {observed} was handed on before it was received ({detail})."
severity = "critical"

[variants.party_missing]
sentence = "On leg {title} a hand-over of {observed} does not say who gave or who received ({detail})."
severity = "critical"

[variants.left_behind]
sentence = "On leg {title} {observed} ended elsewhere than the other containers ({detail})."
severity = "critical"

[variants.not_foreseen]
sentence = "Hand-over on leg {subject}, which the master batch record does not know ({observed})."
severity = "minor"

[variants.condition]
sentence = "On leg {title} {observed} was handed over in the condition “{detail}”."
severity = "minor"
---*/
WITH chain AS (
    SELECT
        h.*,
        LAG(to_party) OVER (PARTITION BY lot, leg, container ORDER BY released_us, received_us, position) AS held_by,
        LAG(received_us) OVER (PARTITION BY lot, leg, container ORDER BY released_us, received_us, position) AS held_since_us,
        LAG(position) OVER (PARTITION BY lot, leg, container ORDER BY released_us, received_us, position) AS held_position,
        ROW_NUMBER() OVER (
            PARTITION BY lot, leg, container ORDER BY released_us DESC, received_us DESC, position DESC
        ) AS from_last,
        CASE WHEN container = '' THEN 'a container without identifier' ELSE 'container ' || container END AS named
    FROM handed_over h
),
stranded AS (
    SELECT
        lot, leg, container, named, to_party, position,
        MIN(to_party) OVER (PARTITION BY lot, leg) AS first_party,
        MAX(to_party) OVER (PARTITION BY lot, leg) AS last_party
    FROM chain
    WHERE from_last = 1
),
judged AS (
    SELECT
        c.*, x.variant
    FROM chain c
    CROSS JOIN (
        SELECT 'never_received' AS variant UNION ALL SELECT 'received_before_released' UNION ALL SELECT 'gap'
        UNION ALL SELECT 'overlap' UNION ALL SELECT 'party_missing' UNION ALL SELECT 'condition'
    ) x
    WHERE CASE x.variant
        WHEN 'never_received' THEN c.received_us IS NULL
        WHEN 'received_before_released' THEN c.received_us < c.released_us
        WHEN 'gap' THEN c.held_by <> '' AND c.from_party <> '' AND c.held_by <> c.from_party
        WHEN 'overlap' THEN c.held_since_us > c.released_us OR (c.held_position IS NOT NULL AND c.held_since_us IS NULL)
        WHEN 'party_missing' THEN c.from_party = '' OR c.to_party = ''
        ELSE LOWER(TRIM(c.condition)) NOT IN ('', 'intact', 'good', 'ok', 'acceptable', 'as expected')
    END
)
SELECT
    lot, variant, leg AS subject,
    CASE variant WHEN 'gap' THEN held_by ELSE 'unbroken custody' END AS expected,
    CASE variant WHEN 'gap' THEN from_party ELSE named END AS observed,
    CASE variant
        WHEN 'condition' THEN condition
        WHEN 'received_before_released' THEN CAST((released_us - received_us) // 60000000 AS VARCHAR) || ' min'
        WHEN 'overlap' THEN
            CASE WHEN held_since_us IS NULL THEN 'receipt by ' || held_by || ' is not recorded'
                ELSE CAST((held_since_us - released_us) // 60000000 AS VARCHAR) || ' min' END
        WHEN 'gap' THEN named
        ELSE from_party || ' to ' || to_party
    END AS detail,
    'none' AS criticality, position,
    CASE WHEN variant IN ('gap', 'overlap') THEN COALESCE(held_position, 0) ELSE 0 END AS position_2
FROM judged
UNION ALL
SELECT
    s.lot, 'left_behind', s.leg, 'the same last party', s.named, 'at ' || s.to_party || ', others at '
        || CASE WHEN s.first_party = s.to_party THEN s.last_party ELSE s.first_party END, 'none', s.position, 0
FROM stranded s
WHERE s.first_party <> s.last_party
UNION ALL
SELECT h.lot, 'leg_missing', l.leg, 'hand-overs', 'none', '', 'none', h.position, 0
FROM lot_head h
CROSS JOIN limit_custody l
LEFT JOIN handed_over c ON c.lot = h.lot AND c.leg = l.leg
WHERE l.required AND c.lot IS NULL
UNION ALL
SELECT c.lot, 'not_foreseen', c.leg, 'a leg of the master batch record', c.named, '', 'none', c.position, 0
FROM chain c
LEFT JOIN limit_custody l ON l.leg = c.leg
WHERE l.leg IS NULL
