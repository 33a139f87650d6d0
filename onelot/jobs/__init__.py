"""Long work in the background: what runs, how far it is, and what failed for good."""
