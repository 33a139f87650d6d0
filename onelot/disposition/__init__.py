"""Disposition: what a lot's record must hold, the decision on it, its certificate and its dossier."""
