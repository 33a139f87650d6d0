/*---
name = "limit_plain"
why = """The parameters most entries are of: numbers with a closed band, verified by a second person or by nobody. Few and
narrow columns, since every entry of an archive is joined with them. It depends on the MBR alone."""
steps = ["limit_entry"]
---*/
SELECT
    parameter,
    unit,
    quiet_low AS low,
    quiet_high AS high,
    verification = 'second_person' AS is_verified,
    verify_within_us AS within_us
FROM limit_entry
WHERE data_type = 'number' AND NOT any_open AND verification IN ('none', 'second_person')
