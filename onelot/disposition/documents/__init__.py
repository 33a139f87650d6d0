"""Documents of a lot that are signed for themselves, not with a decision."""
