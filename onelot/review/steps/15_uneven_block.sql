/*---
name = "uneven_block"
why = """The blocks of limit_block to count entry by entry: in an uneven lot those that are not whole, or all of them where its
phases were not each run once, since then entries are due more or less often."""
reads = ["parameter_value"]
steps = ["uneven_lot", "limit_block", "whole_block"]
skip_when_empty = ["uneven_lot"]
---*/
SELECT u.lot, w.block
FROM uneven_lot u
CROSS JOIN whole_block w
LEFT JOIN (
    SELECT p.lot, k.block, COUNT(*) AS entries, CAST(SUM(k.bit) AS BIGINT) AS bits
    FROM parameter_value p
    JOIN uneven_lot u ON u.lot = p.lot AND u.has_even_phases = 1
    JOIN limit_block k ON k.parameter = p.parameter
    GROUP BY p.lot, k.block
) b ON b.lot = u.lot AND b.block = w.block AND b.entries = w.entries AND b.bits = w.bits
WHERE b.lot IS NULL
