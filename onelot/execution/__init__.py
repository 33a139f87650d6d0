"""What was done to a lot: phases, entries, materials, equipment, series, results."""
