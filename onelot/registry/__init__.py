"""Who and what exists: people and their accounts, training, equipment and its status."""
