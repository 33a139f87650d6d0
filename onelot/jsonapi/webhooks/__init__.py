"""Tells other systems what happened: subscriptions, deliveries in the ledger's order, and their log."""
