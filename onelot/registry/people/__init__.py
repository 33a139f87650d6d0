"""People as administrators see them: who they are, what they may do, their training, and reviews of all that."""
