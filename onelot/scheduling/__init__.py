"""Slots for apheresis, manufacturing and infusion; capacity; overflow to CDMOs; plans of the whole network."""
