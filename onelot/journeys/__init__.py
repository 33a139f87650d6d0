"""The patient's journey over all rooms: what is next, who owes it, whether it is late; one page for a COI."""
