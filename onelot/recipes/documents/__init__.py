"""The documents room: versions of master batch records and review policies on their way to approval, and after it."""
