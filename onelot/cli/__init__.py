"""The ``onelot`` command: a thin shell above the rooms."""
