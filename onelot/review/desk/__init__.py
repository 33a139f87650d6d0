"""The reviewers' desk: exceptions as people decide on them, lot by lot, most urgent first."""
