"""The lot's events as typed columnar tables: the one input of review and monitoring."""
