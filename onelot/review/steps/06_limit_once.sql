/*---
name = "limit_once"
why = "Parameters that a lot without repeats holds exactly once. It depends on the MBR alone."
limits = ["limit_parameter"]
---*/
SELECT parameter
FROM limit_parameter
WHERE required AND min_occurrences = 1 AND COALESCE(max_occurrences, 1) = 1
