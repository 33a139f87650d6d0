"""Review by exception: what happened, joined with what was allowed, returns the exceptions."""
