"""The audit trail as people search it: who said what, when and why; and taking it away."""
