/*---
name = "limit_number"
why = """A number for each phase, since many numbers are compared much faster than many names. It depends on the MBR alone."""
limits = ["limit_phase"]
---*/
SELECT phase, ROW_NUMBER() OVER (ORDER BY phase) AS number
FROM limit_phase
