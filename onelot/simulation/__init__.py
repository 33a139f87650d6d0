"""The network model and its lots, as the same events and files that the real world would send."""
