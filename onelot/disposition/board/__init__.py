"""The board of the head of quality: all sites in figures, each with the lots behind it."""
