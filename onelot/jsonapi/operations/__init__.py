"""The API's operations, one file a subject. Each calls the services and queries that the pages call."""
