"""What the readers of single cells raise; the reader of rows turns it into a refusal with its place."""


class UnreadableError(ValueError):
    """``str(error)`` is what was expected of the cell."""
