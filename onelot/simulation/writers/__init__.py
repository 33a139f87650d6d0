"""Writers of records as different senders would send them: events in, bytes of a file out. Pure."""
