/*---
name = "named_point"
why = "Every point that starts or ends a clock. It depends on the MBR alone."
limits = ["limit_clock"]
---*/
SELECT starts_on AS point FROM limit_clock
UNION
SELECT ends_on FROM limit_clock
