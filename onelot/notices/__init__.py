"""Notices by mail: what waits for somebody, what happened to their access; off until a mail server is configured."""
