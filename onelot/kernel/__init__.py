"""What every room speaks: ids, time, quantities and units, refusals, events, canonical bytes."""
