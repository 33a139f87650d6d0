"""What is allowed: master batch records, release specifications, review policies; their approval."""
