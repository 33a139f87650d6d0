"""What a site or CDMO does in onelot: see its own lots, hand over records, keep receipts, answer questions."""
