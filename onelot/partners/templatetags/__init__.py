"""Filters of the pages of sites."""
