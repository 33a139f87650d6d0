/*---
id = "IDM-MATCH"
title = "Every identifier agrees with the lot's"
kind = "IDM"
clause = "21 CFR 1271.290(b), 211.188; EU GMP Part IV, 6.24; ISO 21973"
explains = """Compares every identifier that was read from a label, by a scanner, from a document or typed by hand with the lot's own:
a chain-of-identity identifier with the lot's, a lot number with the lot's number, a donation identification number (DIN) with the
DINs read at the first point where one was read.

**Boundaries.** Identifiers must agree character by character. One that agrees but for case or outer spaces is reported as
`written_differently`, a lesser finding than `mismatch`. A DIN whose form is known (ISBT 128: 13 characters, with two flag characters
15, or with its check character 16; spaces are passed over) must have that form, and its check character must be right after
ISO/IEC 7064 MOD 37,2. If two documents give the lot different heads with different identifiers, that is a mismatch of its own.

**What it does not find.** A point at which nothing was read (see IDM-POINT); the same wrong identifier everywhere."""
reads = ["identifier_read", "lot"]
limits = ["limit_identity"]
steps = ["lot_head"]
only_if_any = ["identifier_read"]
only_if = "EXISTS (SELECT 1 FROM lot GROUP BY lot HAVING MIN(coi_identifier) <> MAX(coi_identifier))"
covers = ["identity"]

[variants.mismatch]
sentence = "At {subject} the {detail} says {observed}, but the lot's is {expected}."
severity = "critical"

[variants.blank]
sentence = "At {subject} the {detail} holds no identifier; {expected} was expected."
severity = "critical"

[variants.written_differently]
sentence = "At {subject} the {detail} says {observed}, which is not written like the lot's {expected}."
severity = "major"

[variants.malformed]
sentence = "At {subject} the {detail} says {observed}, which is not {expected}."
severity = "major"

[variants.two_heads]
sentence = "Documents of this lot name two chain-of-identity identifiers: {expected} and {observed}."
severity = "critical"
---*/
WITH din_read AS (
    SELECT lot, point, identifier, read_us, position, REPLACE(identifier, ' ', '') AS din
    FROM identifier_read
    WHERE kind = 'din'
),
first_point AS (
    SELECT lot, point
    FROM (
        SELECT lot, point, ROW_NUMBER() OVER (PARTITION BY lot ORDER BY read_us, position) AS place_in_line FROM din_read
    ) ranked
    WHERE place_in_line = 1
),
first_din AS (
    SELECT d.lot, SUBSTR(d.din, 1, 13) AS din, MIN(d.position) AS position
    FROM din_read d
    JOIN first_point f ON f.lot = d.lot AND f.point = d.point
    GROUP BY d.lot, SUBSTR(d.din, 1, 13)
),
known_din AS (
    SELECT lot, MIN(din) AS din, MIN(position) AS position FROM first_din GROUP BY lot
),
read_identifier AS (
    SELECT
        r.lot, r.point, r.carrier, r.kind, r.identifier, r.position,
        CASE r.kind WHEN 'coi_identifier' THEN h.coi_identifier WHEN 'lot' THEN r.lot ELSE '' END AS own,
        h.position AS lot_position
    FROM identifier_read r
    JOIN lot_head h ON h.lot = r.lot
),
formed AS (
    SELECT
        d.*, LENGTH(d.din) AS size,
        -- MOD 37,2: each character weighs a power of two, INSTR gives its value plus one.
        (
              8192 * (INSTR('0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ', SUBSTR(d.din, 1, 1)) - 1)
            + 4096 * (INSTR('0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ', SUBSTR(d.din, 2, 1)) - 1)
            + 2048 * (INSTR('0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ', SUBSTR(d.din, 3, 1)) - 1)
            + 1024 * (INSTR('0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ', SUBSTR(d.din, 4, 1)) - 1)
            + 512 * (INSTR('0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ', SUBSTR(d.din, 5, 1)) - 1)
            + 256 * (INSTR('0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ', SUBSTR(d.din, 6, 1)) - 1)
            + 128 * (INSTR('0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ', SUBSTR(d.din, 7, 1)) - 1)
            + 64 * (INSTR('0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ', SUBSTR(d.din, 8, 1)) - 1)
            + 32 * (INSTR('0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ', SUBSTR(d.din, 9, 1)) - 1)
            + 16 * (INSTR('0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ', SUBSTR(d.din, 10, 1)) - 1)
            + 8 * (INSTR('0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ', SUBSTR(d.din, 11, 1)) - 1)
            + 4 * (INSTR('0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ', SUBSTR(d.din, 12, 1)) - 1)
            + 2 * (INSTR('0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ', SUBSTR(d.din, 13, 1)) - 1)
        ) % 37 AS weighed,
        INSTR('0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ*', SUBSTR(d.din, 16, 1)) - 1 AS check_value,
        CASE
            WHEN INSTR('ABCDEFGHIJKLMNPQRSTUVWXYZ123456789', SUBSTR(d.din, 1, 1)) > 0
                AND LENGTH(TRANSLATE(SUBSTR(d.din, 2, 4), 'ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789', '')) = 0
                AND LENGTH(TRANSLATE(SUBSTR(d.din, 6, 8), '0123456789', '')) = 0
                AND LENGTH(d.din) IN (13, 15, 16)
            THEN 1 ELSE 0
        END AS has_form
    FROM din_read d
)
SELECT
    lot,
    CASE
        WHEN TRIM(identifier) = '' THEN 'blank'
        WHEN UPPER(TRIM(identifier)) = UPPER(TRIM(own)) THEN 'written_differently'
        ELSE 'mismatch'
    END AS variant,
    point AS subject,
    CASE WHEN own = '' THEN '(not recorded)' ELSE own END AS expected,
    CASE WHEN TRIM(identifier) = '' THEN '(blank)' ELSE identifier END AS observed,
    carrier || ' (' || REPLACE(kind, '_', ' ') || ')' AS detail,
    'none' AS criticality, position, lot_position AS position_2
FROM read_identifier
WHERE kind IN ('coi_identifier', 'lot') AND (identifier <> own OR TRIM(identifier) = '')
UNION ALL
SELECT
    r.lot, 'blank', r.point, 'a ' || r.kind || ' identifier', '(blank)', r.carrier || ' (' || r.kind || ')', 'none',
    r.position, 0
FROM read_identifier r
WHERE r.kind NOT IN ('coi_identifier', 'lot') AND TRIM(r.identifier) = ''
UNION ALL
SELECT
    d.lot, 'mismatch', d.point, k.din, d.identifier, 'donation identification number', 'none', d.position, k.position
FROM din_read d
JOIN known_din k ON k.lot = d.lot
LEFT JOIN first_din f ON f.lot = d.lot AND f.din = SUBSTR(d.din, 1, 13)
WHERE f.lot IS NULL AND d.din <> ''
UNION ALL
SELECT
    lot, 'malformed', point,
    CASE WHEN has_form = 0 THEN 'a donation identification number'
        ELSE 'a donation identification number with the right check character' END,
    identifier, 'donation identification number', 'none', position, 0
FROM formed
WHERE din <> '' AND (has_form = 0 OR (size = 16 AND check_value <> (38 - weighed) % 37))
UNION ALL
SELECT lot, 'two_heads', lot, MIN(coi_identifier), MAX(coi_identifier), '', 'none', MIN(position), MAX(position)
FROM lot
GROUP BY lot
HAVING MIN(coi_identifier) <> MAX(coi_identifier)
