/*---
name = "whole_lot"
why = "How many blocks of limit_block and phases a lot has in which everything was done once. It depends on the MBR alone."
limits = ["limit_phase"]
steps = ["whole_block"]
---*/
SELECT
    (SELECT COUNT(*) FROM whole_block) AS blocks,
    (SELECT COUNT(*) FROM limit_phase WHERE min_occurrences = 1) AS phases,
    (SELECT COUNT(*) FROM limit_phase WHERE min_occurrences <> 1) AS other_phases
