"""Makers of the benches' data."""
