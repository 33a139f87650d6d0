"""Deviations: what was not as it should be, how severe, and what it means for the lot."""
