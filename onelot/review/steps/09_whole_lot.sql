/*---
name = "whole_lot"
why = "How many entries of limit_once and phases a lot has in which everything was done once. It depends on the MBR alone."
limits = ["limit_phase"]
steps = ["limit_once"]
---*/
SELECT
    (SELECT COUNT(*) FROM limit_once) AS entries,
    (SELECT COUNT(*) FROM limit_phase WHERE min_occurrences = 1) AS phases,
    (SELECT COUNT(*) FROM limit_phase WHERE min_occurrences <> 1) AS other_phases
