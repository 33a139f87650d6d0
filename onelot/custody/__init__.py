"""Chain of custody: who holds each container, hand-overs, and the conditions on the way."""
