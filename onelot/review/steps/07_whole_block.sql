/*---
name = "whole_block"
why = "What each block of limit_block counts and adds up to where every parameter is there once."
steps = ["limit_block"]
---*/
SELECT block, COUNT(*) AS entries, CAST(SUM(bit) AS BIGINT) AS bits
FROM limit_block
GROUP BY block
