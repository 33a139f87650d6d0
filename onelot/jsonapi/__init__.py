"""The same as the pages, for programs: systems with their tokens, a JSON API, and webhooks."""
