"""Vector and material lots: what they are, their status over time, their expiry."""
