"""What a disposition rests on and what stops it: pure functions and values."""
